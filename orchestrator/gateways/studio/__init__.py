"""Studio: the page in the browser, and the API below it.

The API is the contract in JSON: a request is the message of the call in protobuf's JSON, an answer
the message that came back, a stream server-sent events named after the contract's own. It
translates and nothing else; what is allowed, and what happens, is decided behind it.
"""
