"""One thin typed client per service, over one channel module.

A client is the mirror image of a handler, `async def Method(request, call)` with the same errors,
so a handler can stand in for its client in a test.
"""
