"""From a draft to its ledger, its message and its checks; the main job."""
