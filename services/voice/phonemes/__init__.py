"""From words to the sounds that a voice model was trained on."""
