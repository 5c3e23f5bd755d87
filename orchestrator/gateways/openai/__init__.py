"""The OpenAI interface: its addresses, fields and events over the contract's calls.

Every documented field of a request is honoured, or refused by name when its value would change the
answer; a field nobody documents is refused too. It translates and nothing else.
"""
