// Package contract: What `make -s outputs` prints: the outputs of a Milvus stack. Made by `make docs` from contract.schema.json.
package contract

// Contract is one stack's outputs.
type Contract struct {
	// Version of this contract, as major.minor.
	ContractVersion string `json:"contract_version"`
	// The place where this Milvus runs.
	Target string `json:"target"`
	// Address for MilvusClient, with scheme, host and port.
	MilvusURI *string `json:"milvus_uri"`
	// Host of milvus_uri.
	MilvusHost *string `json:"milvus_host"`
	// Port of milvus_uri.
	MilvusPort *int `json:"milvus_port"`
	// True if clients must use TLS.
	MilvusTLS *bool `json:"milvus_tls"`
	// Secret in Secrets Manager with `username` and `password`; null if there is no authentication.
	MilvusAuthSecretARN *string `json:"milvus_auth_secret_arn"`
	// Address of Attu, the web console.
	AttuURL *string `json:"attu_url"`
	// Address of the stack's CloudWatch dashboard; null without alarms.
	DashboardURL *string `json:"dashboard_url"`
	// S3 bucket with Milvus' data.
	BucketName *string `json:"bucket_name"`
	// S3 bucket with backups; null if none are made.
	BackupBucketName *string `json:"backup_bucket_name"`
	// S3 bucket with copies of all backups in another region.
	BackupCopyBucketName *string `json:"backup_copy_bucket_name"`
	// IAM role that makes backups.
	BackupRoleARN *string `json:"backup_role_arn"`
	// IAM role that restores backups and deletes old ones.
	RestoreRoleARN *string `json:"restore_role_arn"`
	// Addresses of the brokers' SASL/SCRAM listeners, separated by commas.
	KafkaBootstrapServers *string `json:"kafka_bootstrap_servers"`
	// Secret in Secrets Manager of the active Kafka user.
	KafkaSecretARN *string `json:"kafka_secret_arn"`
	// VPC that contains everything.
	VPCID *string `json:"vpc_id"`
	// Private subnets, in which nodes and brokers are.
	PrivateSubnetIDs []string `json:"private_subnet_ids"`
	// Endpoint service of AWS PrivateLink, for consumers in other VPCs; null if there is none.
	PrivateLinkServiceName *string `json:"private_link_service_name"`
	// Name by which consumers reach Milvus through their endpoint if it has private DNS; null if none is verified.
	PrivateLinkDnsName *string `json:"private_link_dns_name"`
	// Security group whose members may connect to Milvus.
	ClientSecurityGroupID *string `json:"client_security_group_id"`
	// Network Load Balancer of Milvus.
	NLBARN *string `json:"nlb_arn"`
	// Name of the EKS cluster, for `aws eks update-kubeconfig --name`.
	ClusterName *string `json:"cluster_name"`
	// Kubernetes namespace of Milvus.
	Namespace *string `json:"namespace"`
	// AWS region that contains everything.
	AWSRegion *string `json:"aws_region"`
	// Sizes and monthly cost, as planned for the workload.
	Estimate map[string]any `json:"estimate"`
}
