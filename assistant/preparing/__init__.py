"""What comes before and after a conversation: standards, one-on-ones, the playbook, work handed back."""
