/** What `make -s outputs` prints: the outputs of a Milvus stack. Made by `make docs` from contract.schema.json. */
export interface Contract {
  /** Version of this contract, as major.minor. */
  contract_version: string;
  /** The place where this Milvus runs. */
  target: "aws" | "embedded";
  /** Address for MilvusClient, with scheme, host and port. */
  milvus_uri: string | null;
  /** Host of milvus_uri. */
  milvus_host: string | null;
  /** Port of milvus_uri. */
  milvus_port: number | null;
  /** True if clients must use TLS. */
  milvus_tls: boolean | null;
  /** Secret in Secrets Manager with `username` and `password`; null if there is no authentication. */
  milvus_auth_secret_arn: string | null;
  /** Address of Attu, the web console. */
  attu_url: string | null;
  /** Address of the stack's CloudWatch dashboard; null without alarms. */
  dashboard_url: string | null;
  /** S3 bucket with Milvus' data. */
  bucket_name: string | null;
  /** S3 bucket with backups; null if none are made. */
  backup_bucket_name: string | null;
  /** S3 bucket with copies of all backups in another region. */
  backup_copy_bucket_name: string | null;
  /** IAM role that makes backups. */
  backup_role_arn: string | null;
  /** IAM role that restores backups and deletes old ones. */
  restore_role_arn: string | null;
  /** Addresses of the brokers' SASL/SCRAM listeners, separated by commas. */
  kafka_bootstrap_servers: string | null;
  /** Secret in Secrets Manager of the active Kafka user. */
  kafka_secret_arn: string | null;
  /** VPC that contains everything. */
  vpc_id: string | null;
  /** Private subnets, in which nodes and brokers are. */
  private_subnet_ids: string[] | null;
  /** Endpoint service of AWS PrivateLink, for consumers in other VPCs; null if there is none. */
  private_link_service_name: string | null;
  /** Name by which consumers reach Milvus through their endpoint if it has private DNS; null if none is verified. */
  private_link_dns_name: string | null;
  /** Security group whose members may connect to Milvus. */
  client_security_group_id: string | null;
  /** Network Load Balancer of Milvus. */
  nlb_arn: string | null;
  /** Name of the EKS cluster, for `aws eks update-kubeconfig --name`. */
  cluster_name: string | null;
  /** Kubernetes namespace of Milvus. */
  namespace: string | null;
  /** AWS region that contains everything. */
  aws_region: string | null;
  /** Sizes and monthly cost, as planned for the workload. */
  estimate: object | null;
}
