"""The face for officials of every level: work lists, reviews, certificates, reports. Owns no tables."""
