"""Operations' parts, each by itself."""
