"""Names and ways in: Route 53, load balancers, certificates, CloudFront."""

from lsqm.generate.builtin.recipe import Kind, Recipe, Setting

RECIPES = (
    Recipe(
        type="aws_route53_zone",
        each="zone",
        service="route53",
        look="""
            found = route53.get_hosted_zone(Id=zone["zone_id"])
            assert found["HostedZone"]["Name"].rstrip(".") == zone["name"].rstrip(".")
            assert found["HostedZone"]["Config"]["PrivateZone"] is bool(zone["vpc"])
        """,
    ),
    Recipe(
        type="aws_route53_record",
        each="record",
        service="route53",
        look="""
            listed = pages(route53, "list_resource_record_sets", "ResourceRecordSets", HostedZoneId=record["zone_id"])
            sets = {(entry["Name"].rstrip("."), entry["Type"]): entry for entry in listed}
            found = sets[record["fqdn"].rstrip("."), record["type"]]
            values = [entry["Value"].strip('"') for entry in found.get("ResourceRecords", [])]
            assert sorted(values) == sorted(value.strip('"') for value in record["records"] or [])
        """,
        settings=(Setting("ttl", 'found["TTL"]', Kind.NUMBER),),
    ),
    Recipe(
        type="aws_route53_health_check",
        each="check",
        service="route53",
        look="""
            found = route53.get_health_check(HealthCheckId=check["id"])["HealthCheck"]["HealthCheckConfig"]
            assert found["Type"] == check["type"]
        """,
        settings=(
            Setting("port", 'found["Port"]', Kind.NUMBER),
            Setting("resource_path", 'found["ResourcePath"]'),
            Setting("fqdn", 'found["FullyQualifiedDomainName"]'),
        ),
    ),
    Recipe(
        type="aws_acm_certificate",
        each="certificate",
        service="acm",
        look="""
            found = acm.describe_certificate(CertificateArn=certificate["arn"])["Certificate"]
            assert found["DomainName"] == certificate["domain_name"]
        """,
    ),
    Recipe(
        type="aws_lb",
        each="balancer",
        service="elbv2",
        look="""
            [found] = elbv2.describe_load_balancers(LoadBalancerArns=[balancer["arn"]])["LoadBalancers"]
            assert (found["LoadBalancerName"], found["DNSName"]) == (balancer["name"], balancer["dns_name"])
        """,
        settings=(
            Setting("load_balancer_type", 'found["Type"]'),
            Setting("internal", '(found["Scheme"] == "internal")', Kind.FLAG),
        ),
    ),
    Recipe(
        type="aws_lb_target_group",
        each="group",
        service="elbv2",
        look="""
            [found] = elbv2.describe_target_groups(TargetGroupArns=[group["arn"]])["TargetGroups"]
            assert found["TargetGroupName"] == group["name"]
        """,
        settings=(
            Setting("port", 'found["Port"]', Kind.NUMBER),
            Setting("protocol", 'found["Protocol"]'),
            Setting("target_type", 'found["TargetType"]'),
            Setting("health_check.path", 'found["HealthCheckPath"]'),
        ),
    ),
    Recipe(
        type="aws_lb_listener",
        each="listener",
        service="elbv2",
        look="""
            [found] = elbv2.describe_listeners(ListenerArns=[listener["arn"]])["Listeners"]
            assert found["LoadBalancerArn"] == listener["load_balancer_arn"]
        """,
        settings=(
            Setting("port", 'found["Port"]', Kind.NUMBER),
            Setting("protocol", 'found["Protocol"]'),
            Setting("default_action.type", 'found["DefaultActions"][0]["Type"]'),
        ),
    ),
    Recipe(
        type="aws_lb_listener_rule",
        each="rule",
        service="elbv2",
        look="""
            [found] = elbv2.describe_rules(RuleArns=[rule["arn"]])["Rules"]
            assert found["Priority"] == str(rule["priority"])
        """,
    ),
    Recipe(
        type="aws_lb_target_group_attachment",
        each="attachment",
        service="elbv2",
        look="""
            health = elbv2.describe_target_health(TargetGroupArn=attachment["target_group_arn"])
            assert attachment["target_id"] in [entry["Target"]["Id"] for entry in health["TargetHealthDescriptions"]]
        """,
    ),
    Recipe(
        type="aws_elb",
        each="balancer",
        service="elb",
        look="""
            [found] = elb.describe_load_balancers(LoadBalancerNames=[balancer["name"]])["LoadBalancerDescriptions"]
            assert found["DNSName"] == balancer["dns_name"]
            assert len(found["ListenerDescriptions"]) == len(balancer["listener"])
        """,
    ),
    Recipe(
        type="aws_cloudfront_distribution",
        each="distribution",
        service="cloudfront",
        look="""
            found = cloudfront.get_distribution(Id=distribution["id"])["Distribution"]
            assert found["DomainName"] == distribution["domain_name"]
        """,
        settings=(
            Setting("enabled", 'found["DistributionConfig"]["Enabled"]', Kind.FLAG),
            Setting("comment", 'found["DistributionConfig"]["Comment"]'),
            Setting("default_root_object", 'found["DistributionConfig"]["DefaultRootObject"]'),
        ),
    ),
    Recipe(
        type="aws_service_discovery_private_dns_namespace",
        each="namespace",
        service="servicediscovery",
        look="""
            found = servicediscovery.get_namespace(Id=namespace["id"])["Namespace"]
            assert found["Name"] == namespace["name"]
        """,
    ),
    Recipe(
        type="aws_service_discovery_service",
        each="entry",
        service="servicediscovery",
        look="""
            found = servicediscovery.get_service(Id=entry["id"])["Service"]
            assert found["Name"] == entry["name"]
        """,
    ),
    Recipe(
        type="aws_lb_listener_certificate",
        each="certificate",
        service="elbv2",
        look="""
            found = elbv2.describe_listener_certificates(ListenerArn=certificate["listener_arn"])["Certificates"]
            assert certificate["certificate_arn"] in [entry["CertificateArn"] for entry in found]
        """,
    ),
    Recipe(
        type="aws_cloudfront_origin_access_identity",
        each="identity",
        service="cloudfront",
        look="""
            found = cloudfront.get_cloud_front_origin_access_identity(Id=identity["id"])
            assert found["CloudFrontOriginAccessIdentity"]["S3CanonicalUserId"] == identity["s3_canonical_user_id"]
        """,
    ),
    Recipe(
        type="aws_cloudfront_origin_access_control",
        each="control",
        service="cloudfront",
        look="""
            answer = cloudfront.get_origin_access_control(Id=control["id"])["OriginAccessControl"]
            found = answer["OriginAccessControlConfig"]
            assert (found["Name"], found["SigningBehavior"]) == (control["name"], control["signing_behavior"])
        """,
    ),
    Recipe(
        type="aws_cloudfront_function",
        each="function",
        service="cloudfront",
        look="""
            found = cloudfront.describe_function(Name=function["name"])["FunctionSummary"]
            assert found["FunctionMetadata"]["FunctionARN"] == function["arn"]
            assert found["FunctionConfig"]["Runtime"] == function["runtime"]
        """,
    ),
    Recipe(
        type="aws_cloudfront_cache_policy",
        each="policy",
        service="cloudfront",
        look="""
            found = cloudfront.get_cache_policy(Id=policy["id"])["CachePolicy"]["CachePolicyConfig"]
            assert (found["Name"], found["MinTTL"]) == (policy["name"], policy["min_ttl"])
        """,
    ),
    Recipe(
        type="aws_service_discovery_http_namespace",
        each="namespace",
        service="servicediscovery",
        look="""
            found = servicediscovery.get_namespace(Id=namespace["id"])["Namespace"]
            assert (found["Name"], found["Type"]) == (namespace["name"], "HTTP")
        """,
    ),
    Recipe(
        type="aws_service_discovery_public_dns_namespace",
        each="namespace",
        service="servicediscovery",
        look="""
            found = servicediscovery.get_namespace(Id=namespace["id"])["Namespace"]
            assert (found["Name"], found["Type"]) == (namespace["name"], "DNS_PUBLIC")
        """,
    ),
    Recipe(
        type="aws_route53_zone_association",
        each="association",
        service="route53",
        look="""
            found = route53.get_hosted_zone(Id=association["zone_id"])
            assert association["vpc_id"] in [vpc["VPCId"] for vpc in found["VPCs"]]
        """,
    ),
)
