terraform import orgkeys_openai_user_role.jo user-def456
