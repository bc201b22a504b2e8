"""Data at rest that is not in S3 or DynamoDB: RDS, ElastiCache, EFS, Glue, Athena, OpenSearch, backups."""

from lsqm.generate.builtin.recipe import Kind, Recipe, Setting

RECIPES = (
    Recipe(
        type="aws_db_instance",
        each="database",
        service="rds",
        look="""
            [found] = rds.describe_db_instances(DBInstanceIdentifier=database["identifier"])["DBInstances"]
            assert (found["DBInstanceArn"], found["DBInstanceStatus"]) == (database["arn"], "available")
        """,
        settings=(
            Setting("engine", 'found["Engine"]'),
            Setting("instance_class", 'found["DBInstanceClass"]'),
            Setting("allocated_storage", 'found["AllocatedStorage"]', Kind.NUMBER),
            Setting("username", 'found["MasterUsername"]'),
            Setting("multi_az", 'found["MultiAZ"]', Kind.FLAG),
            Setting("storage_encrypted", 'found["StorageEncrypted"]', Kind.FLAG),
        ),
    ),
    Recipe(
        type="aws_rds_cluster",
        each="cluster",
        service="rds",
        look="""
            [found] = rds.describe_db_clusters(DBClusterIdentifier=cluster["cluster_identifier"])["DBClusters"]
            assert (found["DBClusterArn"], found["Status"]) == (cluster["arn"], "available")
        """,
        settings=(Setting("engine", 'found["Engine"]'), Setting("database_name", 'found["DatabaseName"]')),
    ),
    Recipe(
        type="aws_rds_cluster_instance",
        each="member",
        service="rds",
        look="""
            [found] = rds.describe_db_instances(DBInstanceIdentifier=member["identifier"])["DBInstances"]
            assert (found["DBInstanceArn"], found["DBInstanceStatus"]) == (member["arn"], "available")
            assert found["DBClusterIdentifier"] == member["cluster_identifier"]
        """,
        settings=(Setting("instance_class", 'found["DBInstanceClass"]'),),
    ),
    Recipe(
        type="aws_db_subnet_group",
        each="group",
        service="rds",
        look="""
            [found] = rds.describe_db_subnet_groups(DBSubnetGroupName=group["name"])["DBSubnetGroups"]
            assert {subnet["SubnetIdentifier"] for subnet in found["Subnets"]} == set(group["subnet_ids"])
        """,
    ),
    Recipe(
        type="aws_db_parameter_group",
        each="group",
        service="rds",
        look="""
            [found] = rds.describe_db_parameter_groups(DBParameterGroupName=group["name"])["DBParameterGroups"]
            assert found["DBParameterGroupFamily"] == group["family"]
        """,
    ),
    Recipe(
        type="aws_elasticache_cluster",
        each="cluster",
        service="elasticache",
        look="""
            [found] = elasticache.describe_cache_clusters(CacheClusterId=cluster["cluster_id"])["CacheClusters"]
            assert found["CacheClusterStatus"] == "available"
        """,
        settings=(
            Setting("engine", 'found["Engine"]'),
            Setting("node_type", 'found["CacheNodeType"]'),
            Setting("num_cache_nodes", 'found["NumCacheNodes"]', Kind.NUMBER),
        ),
    ),
    Recipe(
        type="aws_elasticache_subnet_group",
        each="group",
        service="elasticache",
        look="""
            answer = elasticache.describe_cache_subnet_groups(CacheSubnetGroupName=group["name"])
            [found] = answer["CacheSubnetGroups"]
            assert {subnet["SubnetIdentifier"] for subnet in found["Subnets"]} == set(group["subnet_ids"])
        """,
    ),
    Recipe(
        type="aws_efs_file_system",
        each="files",
        service="efs",
        look="""
            [found] = efs.describe_file_systems(FileSystemId=files["id"])["FileSystems"]
            assert found["LifeCycleState"] == "available"
        """,
        settings=(
            Setting("encrypted", 'found["Encrypted"]', Kind.FLAG),
            Setting("performance_mode", 'found["PerformanceMode"]'),
        ),
    ),
    Recipe(
        type="aws_efs_mount_target",
        each="target",
        service="efs",
        look="""
            [found] = efs.describe_mount_targets(MountTargetId=target["id"])["MountTargets"]
            assert (found["FileSystemId"], found["SubnetId"]) == (target["file_system_id"], target["subnet_id"])
        """,
    ),
    Recipe(
        type="aws_efs_access_point",
        each="point",
        service="efs",
        look="""
            [found] = efs.describe_access_points(AccessPointId=point["id"])["AccessPoints"]
            assert found["FileSystemId"] == point["file_system_id"]
        """,
    ),
    Recipe(
        type="aws_glue_catalog_database",
        each="database",
        service="glue",
        look="""
            found = glue.get_database(Name=database["name"])["Database"]
            assert found["Name"] == database["name"]
        """,
        settings=(Setting("description", 'found["Description"]'),),
    ),
    Recipe(
        type="aws_glue_catalog_table",
        each="table",
        service="glue",
        look="""
            found = glue.get_table(DatabaseName=table["database_name"], Name=table["name"])["Table"]
            assert found["Name"] == table["name"]
        """,
        settings=(Setting("table_type", 'found["TableType"]'),),
    ),
    Recipe(
        type="aws_glue_crawler",
        each="crawler",
        service="glue",
        look="""
            found = glue.get_crawler(Name=crawler["name"])["Crawler"]
            assert found["DatabaseName"] == crawler["database_name"]
        """,
    ),
    Recipe(
        type="aws_glue_job",
        each="job",
        service="glue",
        look="""
            found = glue.get_job(JobName=job["name"])["Job"]
            assert found["Role"] == job["role_arn"]
        """,
    ),
    Recipe(
        type="aws_athena_workgroup",
        each="group",
        service="athena",
        look="""
            found = athena.get_work_group(WorkGroup=group["name"])["WorkGroup"]
            assert (found["Name"], found["State"]) == (group["name"], group["state"])
        """,
    ),
    Recipe(
        type="aws_opensearch_domain",
        each="domain",
        service="opensearch",
        look="""
            found = opensearch.describe_domain(DomainName=domain["domain_name"])["DomainStatus"]
            assert (found["ARN"], found.get("Deleted", False)) == (domain["arn"], False)
        """,
        settings=(Setting("engine_version", 'found["EngineVersion"]'),),
    ),
    Recipe(
        type="aws_backup_vault",
        each="vault",
        service="backup",
        look="""
            found = backup.describe_backup_vault(BackupVaultName=vault["name"])
            assert found["BackupVaultArn"] == vault["arn"]
        """,
    ),
    Recipe(
        type="aws_backup_plan",
        each="plan",
        service="backup",
        look="""
            found = backup.get_backup_plan(BackupPlanId=plan["id"])["BackupPlan"]
            assert found["BackupPlanName"] == plan["name"]
            assert {rule["RuleName"] for rule in found["Rules"]} == {rule["rule_name"] for rule in plan["rule"]}
        """,
    ),
    Recipe(
        type="aws_redshift_subnet_group",
        each="group",
        service="redshift",
        look="""
            answer = redshift.describe_cluster_subnet_groups(ClusterSubnetGroupName=group["name"])
            [found] = answer["ClusterSubnetGroups"]
            assert sorted(subnet["SubnetIdentifier"] for subnet in found["Subnets"]) == sorted(group["subnet_ids"])
        """,
    ),
    Recipe(
        type="aws_redshift_cluster",
        each="cluster",
        service="redshift",
        look="""
            [found] = redshift.describe_clusters(ClusterIdentifier=cluster["cluster_identifier"])["Clusters"]
            assert found["DBName"] == cluster["database_name"]
        """,
        settings=(
            Setting("node_type", 'found["NodeType"]'),
            Setting("master_username", 'found["MasterUsername"]'),
        ),
    ),
    Recipe(
        type="aws_elasticsearch_domain",
        each="domain",
        service="es",
        look="""
            found = es.describe_elasticsearch_domain(DomainName=domain["domain_name"])["DomainStatus"]
            assert (found["ARN"], found.get("Deleted", False)) == (domain["arn"], False)
        """,
        settings=(Setting("elasticsearch_version", 'found["ElasticsearchVersion"]'),),
    ),
    Recipe(
        type="aws_rds_cluster_parameter_group",
        each="group",
        service="rds",
        look="""
            answer = rds.describe_db_cluster_parameter_groups(DBClusterParameterGroupName=group["name"])
            [found] = answer["DBClusterParameterGroups"]
            assert found["DBParameterGroupFamily"] == group["family"]
        """,
    ),
    Recipe(
        type="aws_elasticache_replication_group",
        each="group",
        service="elasticache",
        look="""
            answer = elasticache.describe_replication_groups(ReplicationGroupId=group["replication_group_id"])
            [found] = answer["ReplicationGroups"]
            assert found["Description"] == group["description"]
        """,
    ),
    Recipe(
        type="aws_elasticache_parameter_group",
        each="group",
        service="elasticache",
        look="""
            answer = elasticache.describe_cache_parameter_groups(CacheParameterGroupName=group["name"])
            [found] = answer["CacheParameterGroups"]
            assert found["CacheParameterGroupFamily"] == group["family"]
        """,
    ),
)
