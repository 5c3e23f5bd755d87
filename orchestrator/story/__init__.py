"""Story Mode: a narration and its pictures on one clock.

Read in this order: domain, ingest, segment, plan, cast, narrate, listen, illustrate, timeline,
workflow, servicer, export.
"""
