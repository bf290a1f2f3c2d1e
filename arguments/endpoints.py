"""Arguments of the endpoints and of Attu, and the bindings between load balancers and pods."""

from collections.abc import Sequence

import pulumi

from arguments.deployment import Deployment
from components.cluster.cluster import Cluster
from components.cluster.load_balancer_controller import LoadBalancerController
from components.endpoints.attu import AttuArgs
from components.endpoints.attu_balancer import AttuBalancer, Oidc
from components.endpoints.endpoints import AttuListener, Domain, Endpoints, EndpointsArgs
from components.milvus.milvus import Milvus
from components.network.chosen import AnyNetwork
from components.pods.target_binding import Binding
from settings.model import Settings


def for_endpoints(deployment: Deployment, network: AnyNetwork) -> EndpointsArgs:
    """Arguments of the load balancers."""
    settings = deployment.settings
    access = settings.access
    domain = access.domain and Domain(
        zone_id=access.domain.zone_id, milvus=access.domain.milvus, attu=access.domain.attu
    )
    return EndpointsArgs(
        vpc_id=network.vpc_id,
        pod_cidrs=network.private_cidrs,
        subnet_ids=_subnets(network, public=access.public),
        internal=not access.public,
        allowed=access.clients,
        certificate_arn=access.certificate_arn,
        domain=domain,
        idle_timeout_seconds=access.idle_timeout_seconds,
        attu=_attu_endpoint(settings, network),
        private_link=access.private_link is not None,
        deletion_protection=settings.protect,
    )


def _attu_endpoint(settings: Settings, network: AnyNetwork) -> AttuListener | AttuBalancer | None:
    """How Attu is exposed: on Milvus' NLB, by an ALB of its own, or not at all (None)."""
    attu, clients = settings.attu, _attu_clients(settings)
    if attu.exposure == "none":
        return None
    if attu.behind == "nlb":
        return AttuListener(allowed=clients)
    public = attu.exposure == "public"
    oidc = attu.oidc and Oidc(
        issuer=attu.oidc.issuer,
        authorization_endpoint=attu.oidc.authorization_endpoint,
        token_endpoint=attu.oidc.token_endpoint,
        user_info_endpoint=attu.oidc.user_info_endpoint,
        client_id=attu.oidc.client_id,
        client_secret=pulumi.Output.secret(attu.oidc.client_secret.get_secret_value()),
    )
    return AttuBalancer(internal=not public, subnet_ids=_subnets(network, public=public), allowed=clients, oidc=oidc)


def _attu_clients(settings: Settings) -> tuple[str, ...]:
    """Networks and prefix lists that may connect to Attu. By default the whole VPC, because Attu asks for a Milvus
    user."""
    return settings.access.clients or (settings.network.cidr,)


def for_attu(deployment: Deployment, milvus: Milvus, binding: Binding | None) -> AttuArgs | None:
    """Arguments of Attu's pod; None for a stack without Attu."""
    if not binding:
        return None
    return AttuArgs(
        namespace=milvus.namespace,
        milvus_address=pulumi.Output.concat(milvus.service, ":19530"),
        binding=binding,
        registry=deployment.settings.milvus.registry,
    )


def bindings(
    deployment: Deployment,
    endpoints: Endpoints,
    network: AnyNetwork,
    cluster: Cluster,
    controller: LoadBalancerController,
) -> tuple[Binding, Binding | None]:
    """The binding of Milvus' pods, and the binding of Attu's pod; None if Attu has no endpoint.

    Both depend on the controller, which has to run before a binding is created.
    """
    settings = deployment.settings
    attu, access = settings.attu, settings.access
    milvus = Binding(
        target_group_arn=endpoints.milvus_target_group_arn,
        load_balancer_security_group_id=endpoints.milvus_security_group_id,
        load_balancer_cidrs=_cidrs(network, public=access.public),
        node_security_group_id=cluster.security_group_id,
        controller=controller.ready,
    )
    if attu.exposure == "none":
        return milvus, None
    public = access.public if attu.behind == "nlb" else attu.exposure == "public"
    return milvus, Binding(
        target_group_arn=endpoints.attu_target_group_arn.apply(str),
        load_balancer_security_group_id=endpoints.attu_security_group_id.apply(str),
        load_balancer_cidrs=_cidrs(network, public=public),
        node_security_group_id=cluster.security_group_id,
        controller=controller.ready,
    )


def _cidrs(network: AnyNetwork, *, public: bool) -> Sequence[pulumi.Input[str]]:
    """Where a load balancer's own addresses are."""
    return list((network.public_cidrs if public else network.private_cidrs).values())


def _subnets(network: AnyNetwork, *, public: bool) -> Sequence[pulumi.Input[str]]:
    return list((network.public_subnet_ids if public else network.private_subnet_ids).values())
