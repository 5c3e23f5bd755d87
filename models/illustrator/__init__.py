"""Our own illustrators: one library of licensed art and one idea of a scene, drawn two ways.

Read in this order: scene, parser, library, layout, composer.
"""
