"""Lock files of the frozen CDK environments; `docs/cdk.md` says how to renew them."""
