"""Story Mode: a narration and its pictures on one clock.

Read in this order: domain, ingest, language, segment; plan, cast, tongues, depict; narrate,
passage, sound, listen, recording; illustrate; timeline, spans; workflow, steps, patience; request,
workshop, store, wire, servicer; export.
"""
