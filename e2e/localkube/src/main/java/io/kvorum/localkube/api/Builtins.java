package io.kvorum.localkube.api;

import io.kvorum.localkube.json.Json;
import io.kvorum.localkube.schema.BuiltinTypes;
import io.kvorum.localkube.schema.Schema;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/// Kubernetes' own resources that are served here.
final class Builtins {

  private final List<ResourceType> types = new ArrayList<>();

  private Builtins() {
    core();
    workloads();
    access();
    rest();
  }

  static List<ResourceType> all() {
    return List.copyOf(new Builtins().types);
  }

  private void core() {
    cluster("", "Namespace", "namespaces", "ns").sub("status", "finalize").add();
    cluster("", "Node", "nodes", "no").sub("status").fields("spec.unschedulable").add();
    cluster("", "PersistentVolume", "persistentvolumes", "pv").sub("status").add();
    namespaced("", "Pod", "pods", "po")
        .in("all")
        .sub(
            "status",
            "log",
            "eviction",
            "binding",
            "exec",
            "attach",
            "portforward",
            "ephemeralcontainers")
        .fields(
            "spec.nodeName",
            "spec.restartPolicy",
            "spec.schedulerName",
            "spec.serviceAccountName",
            "spec.hostNetwork",
            "status.phase",
            "status.podIP",
            "status.nominatedNodeName")
        .add();
    namespaced("", "Service", "services", "svc")
        .in("all")
        .sub("status")
        .fields("spec.clusterIP", "spec.type")
        .add();
    namespaced("", "PersistentVolumeClaim", "persistentvolumeclaims", "pvc").sub("status").add();
    namespaced("", "ConfigMap", "configmaps", "cm").add();
    namespaced("", "Secret", "secrets").fields("type").add();
    namespaced("", "ServiceAccount", "serviceaccounts", "sa").sub("token").add();
    namespaced("", "Endpoints", "endpoints", "ep").add();
    namespaced("", "Event", "events", "ev")
        .fields(
            "involvedObject.kind",
            "involvedObject.namespace",
            "involvedObject.name",
            "involvedObject.uid",
            "involvedObject.apiVersion",
            "involvedObject.resourceVersion",
            "involvedObject.fieldPath",
            "reason",
            "reportingComponent",
            "source",
            "type")
        .add();
  }

  private void workloads() {
    namespaced("apps", "Deployment", "deployments", "deploy")
        .in("all")
        .sub("status", "scale")
        .add();
    namespaced("apps", "ReplicaSet", "replicasets", "rs").in("all").sub("status", "scale").add();
    namespaced("policy", "PodDisruptionBudget", "poddisruptionbudgets", "pdb").sub("status").add();
    policyBeta();
    namespaced("coordination.k8s.io", "Lease", "leases").add();
    namespaced("discovery.k8s.io", "EndpointSlice", "endpointslices").add();
    namespaced("events.k8s.io", "Event", "events", "ev").add();
  }

  /// An older name of the same objects, which kubectl 1.20 asks for.
  private void policyBeta() {
    ResourceType current = types.getLast();
    types.add(
        new ResourceType(
            current.group(),
            "v1beta1",
            current.names(),
            true,
            current.schema(),
            current.subresources(),
            current.verbs(),
            current.selectable(),
            null));
  }

  private void access() {
    String rbac = "rbac.authorization.k8s.io";
    cluster(rbac, "ClusterRole", "clusterroles").add();
    cluster(rbac, "ClusterRoleBinding", "clusterrolebindings").add();
    namespaced(rbac, "Role", "roles").add();
    namespaced(rbac, "RoleBinding", "rolebindings").add();
    String authorization = "authorization.k8s.io";
    review(authorization, "SelfSubjectAccessReview", "selfsubjectaccessreviews");
    review(authorization, "SelfSubjectRulesReview", "selfsubjectrulesreviews");
    review(authorization, "SubjectAccessReview", "subjectaccessreviews");
    String authentication = "authentication.k8s.io";
    review(authentication, "TokenReview", "tokenreviews");
    review(authentication, "SelfSubjectReview", "selfsubjectreviews");
  }

  private void rest() {
    cluster("storage.k8s.io", "StorageClass", "storageclasses", "sc").add();
    cluster("scheduling.k8s.io", "PriorityClass", "priorityclasses", "pc").add();
    namespaced("networking.k8s.io", "NetworkPolicy", "networkpolicies", "netpol").add();
    new Builder(
            "apiextensions.k8s.io",
            "CustomResourceDefinition",
            "customresourcedefinitions",
            false,
            List.of("crd", "crds"),
            definitionSchema())
        .in("api-extensions")
        .sub("status")
        .add();
  }

  /// A definition's own schema stays open: what stands in it is judged when it is compiled.
  private static Schema definitionSchema() {
    return Schema.ANYTHING
        .withField("apiVersion", BuiltinTypes.text())
        .withField("kind", BuiltinTypes.text())
        .withField("metadata", BuiltinTypes.type("meta.v1.ObjectMeta"))
        .withField("spec", Schema.ANYTHING)
        .withField("status", Schema.ANYTHING);
  }

  private void review(String group, String kind, String plural) {
    cluster(group, kind, plural).verbs("create").add();
  }

  private Builder cluster(String group, String kind, String plural, String... shortNames) {
    return new Builder(group, kind, plural, false, List.of(shortNames), schema(group, kind));
  }

  private Builder namespaced(String group, String kind, String plural, String... shortNames) {
    return new Builder(group, kind, plural, true, List.of(shortNames), schema(group, kind));
  }

  private static Schema schema(String group, String kind) {
    String first = group.isEmpty() ? "core" : group.split("\\.", 2)[0];
    return BuiltinTypes.type(first + ".v1." + kind);
  }

  /// One entry in the making.
  private final class Builder {
    private final String group;
    private final String kind;
    private final String plural;
    private final boolean namespaced;
    private final List<String> shortNames;
    private final Schema schema;
    private List<String> categories = List.of();
    private Set<String> subresources = Set.of();
    private Set<String> verbs = ResourceType.ALL_VERBS;
    private List<String> selectable = List.of();

    Builder(
        String group,
        String kind,
        String plural,
        boolean namespaced,
        List<String> shortNames,
        Schema schema) {
      this.group = group;
      this.kind = kind;
      this.plural = plural;
      this.namespaced = namespaced;
      this.shortNames = shortNames;
      this.schema = schema;
    }

    Builder in(String... names) {
      categories = List.of(names);
      return this;
    }

    Builder sub(String... names) {
      subresources = Set.of(names);
      return this;
    }

    Builder verbs(String... names) {
      verbs = Set.of(names);
      return this;
    }

    Builder fields(String... paths) {
      selectable = List.of(paths);
      return this;
    }

    void add() {
      types.add(
          new ResourceType(
              group,
              "v1",
              new ResourceType.Names(kind, plural, Json.lower(kind), shortNames, categories),
              namespaced,
              schema,
              subresources,
              verbs,
              selectable,
              null));
    }
  }
}
