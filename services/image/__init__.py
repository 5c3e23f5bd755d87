"""The image service: words, or a described scene, in; pictures out."""
