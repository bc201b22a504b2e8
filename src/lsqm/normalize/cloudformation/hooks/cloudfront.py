"""CloudFront distributions."""

from collections.abc import Mapping

from lsqm.normalize.cloudformation.context import Context
from lsqm.normalize.cloudformation.tables import Table

_DISTRIBUTION = Table(
    type="aws_cloudfront_distribution",
    rename={
        "CNAMEs": "aliases",
        "Origins": "origin",
        "Origins.Id": "origin_id",
        "Origins.OriginCustomHeaders": "custom_header",
        "Origins.OriginCustomHeaders.HeaderName": "name",
        "Origins.OriginCustomHeaders.HeaderValue": "value",
        "Origins.CustomOriginConfig.HTTPPort": "http_port",
        "Origins.CustomOriginConfig.HTTPSPort": "https_port",
        "Origins.CustomOriginConfig.OriginSSLProtocols": "origin_ssl_protocols",
        "Origins.S3OriginConfig": "s3_origin_config",
        "CustomErrorResponses": "custom_error_response",
        "CustomErrorResponses.ErrorCachingMinTTL": "error_caching_min_ttl",
        "CacheBehaviors": "ordered_cache_behavior",
        "CacheBehaviors.LambdaFunctionAssociations": "lambda_function_association",
        "CacheBehaviors.LambdaFunctionAssociations.LambdaFunctionARN": "lambda_arn",
        "CacheBehaviors.FunctionAssociations": "function_association",
        "CacheBehaviors.FunctionAssociations.FunctionARN": "function_arn",
        "CacheBehaviors.DefaultTTL": "default_ttl",
        "CacheBehaviors.MinTTL": "min_ttl",
        "CacheBehaviors.MaxTTL": "max_ttl",
        "CacheBehaviors.ForwardedValues.Cookies.WhitelistedNames": "whitelisted_names",
        "DefaultCacheBehavior.LambdaFunctionAssociations": "lambda_function_association",
        "DefaultCacheBehavior.LambdaFunctionAssociations.LambdaFunctionARN": "lambda_arn",
        "DefaultCacheBehavior.FunctionAssociations": "function_association",
        "DefaultCacheBehavior.FunctionAssociations.FunctionARN": "function_arn",
        "DefaultCacheBehavior.DefaultTTL": "default_ttl",
        "DefaultCacheBehavior.MinTTL": "min_ttl",
        "DefaultCacheBehavior.MaxTTL": "max_ttl",
        "Logging": "logging_config",
        "IPV6Enabled": "is_ipv6_enabled",
        "WebACLId": "web_acl_id",
        "ViewerCertificate.CloudFrontDefaultCertificate": "cloudfront_default_certificate",
        "ViewerCertificate.SslSupportMethod": "ssl_support_method",
        "OriginGroups": ".",
        "OriginGroups.Items": "origin_group",
        "OriginGroups.Items.Id": "origin_id",
        "OriginGroups.Items.Members": ".",
        "OriginGroups.Items.Members.Items": "member",
        "OriginGroups.Items.FailoverCriteria.StatusCodes": ".",
        "OriginGroups.Items.FailoverCriteria.StatusCodes.Items": "status_codes",
    },
    drop={
        "OriginGroups.Quantity": "the number of blocks says it",
        "OriginGroups.Items.Members.Quantity": "the number of blocks says it",
        "OriginGroups.Items.FailoverCriteria.StatusCodes.Quantity": "the number of values says it",
    },
    defaults={
        "enabled": True,
        "origin?.custom_origin_config?.http_port": 80,
        "origin?.custom_origin_config?.https_port": 443,
        "origin?.custom_origin_config?.origin_ssl_protocols": ["TLSv1.2"],
        "origin?.s3_origin_config?.origin_access_identity": "",
        "default_cache_behavior?.allowed_methods": ["GET", "HEAD"],
        "default_cache_behavior?.cached_methods": ["GET", "HEAD"],
        "ordered_cache_behavior?.allowed_methods": ["GET", "HEAD"],
        "ordered_cache_behavior?.cached_methods": ["GET", "HEAD"],
        "default_cache_behavior?.forwarded_values?.cookies.forward": "none",
        "ordered_cache_behavior?.forwarded_values?.cookies.forward": "none",
        "viewer_certificate.cloudfront_default_certificate": True,
        "restrictions.geo_restriction.restriction_type": "none",
    },
)


def distribution(r: Context) -> None:
    """The configuration is one object; Terraform wants restrictions and a certificate said."""
    configuration = r.take("DistributionConfig")
    if not isinstance(configuration, Mapping):
        return
    configuration = dict(configuration)
    certificate_ = configuration.get("ViewerCertificate")
    r.lowering.fill(r.body, configuration, _DISTRIBUTION, (*r.path, "DistributionConfig"))
    for chosen in r.body.blocks.get("viewer_certificate", ()):
        version = chosen.attributes.get("minimum_protocol_version")
        if isinstance(version, str) and version > "TLSv1.2_2021":
            chosen.attributes["minimum_protocol_version"] = "TLSv1.2_2021"
            r.compiler.diagnostics.stand_in(r.path, f"{version} is newer than the provider; TLSv1.2_2021 stands in.")
    if isinstance(certificate_, Mapping) and "CloudFrontDefaultCertificate" not in certificate_:
        r.body.first("viewer_certificate").attributes.pop("cloudfront_default_certificate", None)
    for behaviour in (
        *r.body.blocks.get("default_cache_behavior", ()),
        *r.body.blocks.get("ordered_cache_behavior", ()),
    ):
        for forwarded in behaviour.blocks.get("forwarded_values", ()):
            forwarded.attributes.setdefault("query_string", False)


HOOKS = {
    "distribution": distribution,
}
