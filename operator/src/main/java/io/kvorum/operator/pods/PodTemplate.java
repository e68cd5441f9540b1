package io.kvorum.operator.pods;

import io.fabric8.kubernetes.api.model.Affinity;
import io.fabric8.kubernetes.api.model.AffinityBuilder;
import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.ContainerBuilder;
import io.fabric8.kubernetes.api.model.EnvVar;
import io.fabric8.kubernetes.api.model.EnvVarBuilder;
import io.fabric8.kubernetes.api.model.LocalObjectReference;
import io.fabric8.kubernetes.api.model.ObjectMeta;
import io.fabric8.kubernetes.api.model.ObjectMetaBuilder;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodBuilder;
import io.fabric8.kubernetes.api.model.PodSecurityContext;
import io.fabric8.kubernetes.api.model.PodSecurityContextBuilder;
import io.fabric8.kubernetes.api.model.Probe;
import io.fabric8.kubernetes.api.model.ProbeBuilder;
import io.fabric8.kubernetes.api.model.Volume;
import io.fabric8.kubernetes.api.model.VolumeBuilder;
import io.fabric8.kubernetes.api.model.VolumeMount;
import io.fabric8.kubernetes.api.model.VolumeMountBuilder;
import io.kvorum.crds.PodTemplateSpec;
import io.kvorum.crds.TlsPlaneSpec;
import io.kvorum.operator.plan.Naming;
import io.kvorum.operator.plan.PodState;
import io.kvorum.operator.plan.Scheme;
import io.kvorum.operator.plan.Step;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/// The Pod of a member: one container whose arguments are etcd's flags.
///
/// Liveness looks at the process alone, for a member without a quorum is well and a restart does
/// not help it; readiness looks at the quorum. Servers of upstream etcd lack those two paths in
/// early versions: there the port is what lives, and `/health` is what is ready. With TLS on the
/// client plane the kubelet could not show a certificate, so the probes go to a port of their own.
public final class PodTemplate {

  static final String CONTAINER = "store";
  static final String DATA_MOUNT = "/var/lib/kvorum";
  static final String DATA_DIR = DATA_MOUNT + "/data";
  static final String TLS_MOUNT = "/etc/kvorum/tls/";
  static final int METRICS_PORT = 2381;
  static final String STATE_KEY = "initial-cluster-state";

  /// Begins the flag that names the members a Pod is told of: `name=peerURL,...`.
  public static final String INITIAL_CLUSTER = "--initial-cluster=";

  private static final long USER = 65532;
  private static final long DEFAULT_GRACE_SECONDS = 30;

  /// Seconds a member may take to replay its log before it counts as stuck.
  private static final int START_LIMIT_SECONDS = 900;

  private final Settings settings;
  private final Scheme peerScheme;

  private PodTemplate(Settings settings, Scheme peerScheme) {
    this.settings = settings;
    this.peerScheme = peerScheme;
  }

  /// The Pod a step asks for.
  public static Pod pod(Settings settings, Step.CreatePod step) {
    var template = new PodTemplate(settings, step.peerScheme());
    return template.build(step, hash(settings, step.peerScheme()));
  }

  /// What identifies the Pod of any member of the cluster, apart from who it is and whom it knows.
  static String hash(Settings settings, Scheme peerScheme) {
    var nobody =
        new Step.CreatePod(
            "member", Step.StartsAs.EXISTING, List.of(), peerScheme, PodState.Role.VOTER, "");
    return Content.hash(new PodTemplate(settings, peerScheme).build(nobody, ""));
  }

  private Pod build(Step.CreatePod step, String hash) {
    PodTemplateSpec extra = settings.podTemplate();
    return new PodBuilder()
        .withMetadata(metadata(step, hash))
        .withNewSpec()
        .withHostname(step.member())
        .withSubdomain(settings.naming().peerService())
        .withContainers(container(step))
        .withVolumes(volumes(step.member()))
        .withRestartPolicy("Always")
        .withAutomountServiceAccountToken(false)
        .withEnableServiceLinks(false)
        .withTerminationGracePeriodSeconds(
            Objects.requireNonNullElse(
                extra.terminationGracePeriodSeconds(), DEFAULT_GRACE_SECONDS))
        .withSecurityContext(securityContext(extra))
        .withImagePullSecrets(pullSecrets())
        .withAffinity(Objects.requireNonNullElseGet(extra.affinity(), this::apart))
        .withNodeSelector(extra.nodeSelector())
        .withTolerations(Objects.requireNonNullElse(extra.tolerations(), List.of()))
        .withTopologySpreadConstraints(
            Objects.requireNonNullElse(extra.topologySpreadConstraints(), List.of()))
        .withPriorityClassName(extra.priorityClassName())
        .endSpec()
        .build();
  }

  private ObjectMeta metadata(Step.CreatePod step, String hash) {
    PodTemplateSpec.Metadata extra =
        Objects.requireNonNullElse(
            settings.podTemplate().metadata(), new PodTemplateSpec.Metadata(null, null));
    Map<String, String> labels = new TreeMap<>(unreserved(extra.labels()));
    labels.putAll(Labels.ofCluster(settings));
    labels.put(Labels.MEMBER, step.member());
    labels.put(Labels.ROLE, step.role().text());
    Map<String, String> annotations = new TreeMap<>(unreserved(extra.annotations()));
    annotations.put(Labels.TEMPLATE, hash);
    annotations.put(Labels.CLIENT_SCHEME, clientScheme().text());
    return new ObjectMetaBuilder()
        .withName(step.member())
        .withNamespace(settings.naming().namespace())
        .withLabels(labels)
        .withAnnotations(annotations)
        .build();
  }

  private static Map<String, String> unreserved(@Nullable Map<String, String> extra) {
    return extra == null
        ? Map.of()
        : extra.entrySet().stream()
            .filter(entry -> !entry.getKey().startsWith(Labels.RESERVED_PREFIX))
            .collect(Collectors.toMap(Map.Entry::getKey, Map.Entry::getValue));
  }

  private Scheme clientScheme() {
    return Settings.scheme(settings.clientTls());
  }

  private Container container(Step.CreatePod step) {
    return new ContainerBuilder()
        .withName(CONTAINER)
        .withImage(settings.image())
        .withImagePullPolicy(
            Objects.requireNonNullElse(settings.imageSpec().pullPolicy(), "IfNotPresent"))
        .withCommand(Objects.requireNonNullElse(settings.imageSpec().command(), List.of()))
        .withArgs(flags(step))
        .withEnv(env(step))
        .addNewPort()
        .withName("etcd-client")
        .withContainerPort(Naming.CLIENT_PORT)
        .endPort()
        .addNewPort()
        .withName("etcd-server")
        .withContainerPort(Naming.PEER_PORT)
        .endPort()
        .withResources(settings.spec().resources())
        .withVolumeMounts(mounts())
        .withStartupProbe(startup())
        .withLivenessProbe(liveness())
        .withReadinessProbe(readiness())
        .withNewSecurityContext()
        .withAllowPrivilegeEscalation(false)
        .withReadOnlyRootFilesystem(true)
        .withNewCapabilities()
        .withDrop("ALL")
        .endCapabilities()
        .endSecurityContext()
        .build();
  }

  private List<String> flags(Step.CreatePod step) {
    Naming naming = settings.naming();
    var flags = new ArrayList<String>();
    flags.add("--name=" + step.member());
    flags.add("--data-dir=" + DATA_DIR);
    flags.add("--listen-peer-urls=" + peerScheme.text() + "://0.0.0.0:" + Naming.PEER_PORT);
    flags.add("--listen-client-urls=" + clientScheme().text() + "://0.0.0.0:" + Naming.CLIENT_PORT);
    flags.add("--initial-advertise-peer-urls=" + naming.peerUrl(step.member(), peerScheme));
    flags.add("--advertise-client-urls=" + naming.clientUrl(step.member(), clientScheme()));
    flags.add("--initial-cluster-token=" + token(settings));
    flags.add(
        INITIAL_CLUSTER
            + step.initialCluster().stream()
                .map(member -> member.name() + "=" + member.peerUrl())
                .collect(Collectors.joining(",")));
    if (step.startsAs() == Step.StartsAs.EXISTING) {
      flags.add("--initial-cluster-state=existing");
    }
    flags.add("--pre-vote=true");
    flags.addAll(tlsFlags());
    flags.addAll(settings.configFlags());
    return flags;
  }

  /// Two clusters of one name, one after the other, must not take each other's messages.
  public static String token(Settings settings) {
    String uid = settings.uid();
    return settings.naming().cluster() + "-" + uid.substring(0, Math.min(8, uid.length()));
  }

  private List<String> tlsFlags() {
    var flags = new ArrayList<String>();
    if (settings.peerTls() != null) {
      String at = TLS_MOUNT + "peer/";
      flags.add("--peer-cert-file=" + at + "tls.crt");
      flags.add("--peer-key-file=" + at + "tls.key");
      flags.add("--peer-trusted-ca-file=" + at + "ca.crt");
      flags.add("--peer-client-cert-auth=true");
    }
    TlsPlaneSpec client = settings.clientTls();
    if (client != null) {
      String at = TLS_MOUNT + "client/";
      flags.add("--cert-file=" + at + "tls.crt");
      flags.add("--key-file=" + at + "tls.key");
      if (!"None".equals(client.clientAuth())) {
        flags.add("--trusted-ca-file=" + at + "ca.crt");
        flags.add("--client-cert-auth=true");
      }
      flags.add("--listen-metrics-urls=http://0.0.0.0:" + METRICS_PORT);
    }
    return flags;
  }

  /// The seed is told by a ConfigMap, which is read at each start of the container: once the
  /// cluster is formed, an emptied volume cannot make it form another.
  private List<EnvVar> env(Step.CreatePod step) {
    if (step.startsAs() == Step.StartsAs.EXISTING) {
      return List.of();
    }
    return List.of(
        new EnvVarBuilder()
            .withName("ETCD_INITIAL_CLUSTER_STATE")
            .withNewValueFrom()
            .withNewConfigMapKeyRef()
            .withName(settings.naming().bootstrapState())
            .withKey(STATE_KEY)
            .endConfigMapKeyRef()
            .endValueFrom()
            .build());
  }

  private Probe startup() {
    return probe("/livez", Naming.PEER_PORT)
        .withPeriodSeconds(1)
        .withTimeoutSeconds(2)
        .withFailureThreshold(START_LIMIT_SECONDS)
        .build();
  }

  private Probe liveness() {
    return probe("/livez", Naming.PEER_PORT)
        .withPeriodSeconds(10)
        .withTimeoutSeconds(5)
        .withFailureThreshold(6)
        .build();
  }

  private Probe readiness() {
    ProbeBuilder probe =
        settings.upstreamEtcd() ? http("/health") : probe("/readyz", Naming.PEER_PORT);
    return probe.withPeriodSeconds(2).withTimeoutSeconds(5).withFailureThreshold(3).build();
  }

  private ProbeBuilder probe(String path, int portOfUpstream) {
    return settings.upstreamEtcd()
        ? new ProbeBuilder().withNewTcpSocket().withNewPort(portOfUpstream).endTcpSocket()
        : http(path);
  }

  private ProbeBuilder http(String path) {
    int port = settings.clientTls() == null ? Naming.CLIENT_PORT : METRICS_PORT;
    return new ProbeBuilder()
        .withNewHttpGet()
        .withPath(path)
        .withNewPort(port)
        .withScheme("HTTP")
        .endHttpGet();
  }

  private List<Volume> volumes(String member) {
    var volumes = new ArrayList<Volume>();
    volumes.add(
        new VolumeBuilder()
            .withName("data")
            .withNewPersistentVolumeClaim()
            .withClaimName(member)
            .endPersistentVolumeClaim()
            .build());
    volumes.add(new VolumeBuilder().withName("tmp").withNewEmptyDir().endEmptyDir().build());
    addSecret(volumes, "peer-tls", settings.peerTls());
    addSecret(volumes, "client-tls", settings.clientTls());
    return volumes;
  }

  private static void addSecret(List<Volume> volumes, String name, @Nullable TlsPlaneSpec plane) {
    if (plane != null && plane.secretRef() != null) {
      volumes.add(
          new VolumeBuilder()
              .withName(name)
              .withNewSecret()
              .withSecretName(plane.secretRef().name())
              .endSecret()
              .build());
    }
  }

  private List<VolumeMount> mounts() {
    var mounts = new ArrayList<VolumeMount>();
    mounts.add(mount("data", DATA_MOUNT, false));
    mounts.add(mount("tmp", "/tmp", false));
    if (settings.peerTls() != null) {
      mounts.add(mount("peer-tls", TLS_MOUNT + "peer", true));
    }
    if (settings.clientTls() != null) {
      mounts.add(mount("client-tls", TLS_MOUNT + "client", true));
    }
    return mounts;
  }

  private static VolumeMount mount(String name, String path, boolean readOnly) {
    return new VolumeMountBuilder()
        .withName(name)
        .withMountPath(path)
        .withReadOnly(readOnly ? true : null)
        .build();
  }

  private static PodSecurityContext securityContext(PodTemplateSpec extra) {
    return Objects.requireNonNullElseGet(
        extra.securityContext(),
        () ->
            new PodSecurityContextBuilder()
                .withRunAsNonRoot(true)
                .withRunAsUser(USER)
                .withRunAsGroup(USER)
                .withFsGroup(USER)
                .withFsGroupChangePolicy("OnRootMismatch")
                .withNewSeccompProfile()
                .withType("RuntimeDefault")
                .endSeccompProfile()
                .build());
  }

  private List<LocalObjectReference> pullSecrets() {
    return Objects.requireNonNullElse(settings.imageSpec().pullSecrets(), List.<String>of())
        .stream()
        .map(LocalObjectReference::new)
        .toList();
  }

  /// Apart by node where possible: two members on one node fail as one.
  private Affinity apart() {
    return new AffinityBuilder()
        .withNewPodAntiAffinity()
        .addNewPreferredDuringSchedulingIgnoredDuringExecution()
        .withWeight(100)
        .withNewPodAffinityTerm()
        .withTopologyKey("kubernetes.io/hostname")
        .withNewLabelSelector()
        .addToMatchLabels(Labels.CLUSTER, settings.naming().cluster())
        .endLabelSelector()
        .endPodAffinityTerm()
        .endPreferredDuringSchedulingIgnoredDuringExecution()
        .endPodAntiAffinity()
        .build();
  }
}
