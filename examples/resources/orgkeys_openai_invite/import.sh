terraform import orgkeys_openai_invite.kim invite-abc123
