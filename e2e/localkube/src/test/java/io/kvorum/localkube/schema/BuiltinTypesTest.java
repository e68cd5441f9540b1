package io.kvorum.localkube.schema;

import com.fasterxml.jackson.annotation.JsonProperty;
import io.fabric8.kubernetes.api.model.ConfigMap;
import io.fabric8.kubernetes.api.model.Endpoints;
import io.fabric8.kubernetes.api.model.Event;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.IntOrString;
import io.fabric8.kubernetes.api.model.MicroTime;
import io.fabric8.kubernetes.api.model.Namespace;
import io.fabric8.kubernetes.api.model.Node;
import io.fabric8.kubernetes.api.model.PersistentVolume;
import io.fabric8.kubernetes.api.model.PersistentVolumeClaim;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.Quantity;
import io.fabric8.kubernetes.api.model.Secret;
import io.fabric8.kubernetes.api.model.Service;
import io.fabric8.kubernetes.api.model.ServiceAccount;
import io.fabric8.kubernetes.api.model.apps.Deployment;
import io.fabric8.kubernetes.api.model.apps.ReplicaSet;
import io.fabric8.kubernetes.api.model.authentication.SelfSubjectReview;
import io.fabric8.kubernetes.api.model.authentication.TokenRequest;
import io.fabric8.kubernetes.api.model.authentication.TokenReview;
import io.fabric8.kubernetes.api.model.authorization.v1.SelfSubjectAccessReview;
import io.fabric8.kubernetes.api.model.authorization.v1.SelfSubjectRulesReview;
import io.fabric8.kubernetes.api.model.authorization.v1.SubjectAccessReview;
import io.fabric8.kubernetes.api.model.autoscaling.v1.Scale;
import io.fabric8.kubernetes.api.model.coordination.v1.Lease;
import io.fabric8.kubernetes.api.model.discovery.v1.EndpointSlice;
import io.fabric8.kubernetes.api.model.networking.v1.NetworkPolicy;
import io.fabric8.kubernetes.api.model.policy.v1.Eviction;
import io.fabric8.kubernetes.api.model.policy.v1.PodDisruptionBudget;
import io.fabric8.kubernetes.api.model.rbac.ClusterRole;
import io.fabric8.kubernetes.api.model.rbac.ClusterRoleBinding;
import io.fabric8.kubernetes.api.model.rbac.Role;
import io.fabric8.kubernetes.api.model.rbac.RoleBinding;
import io.fabric8.kubernetes.api.model.scheduling.v1.PriorityClass;
import io.fabric8.kubernetes.api.model.storage.StorageClass;
import io.kvorum.testkit.Golden;
import java.lang.reflect.Field;
import java.lang.reflect.Modifier;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.Type;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

/// The field names and types of built-in resources are read from the client's model classes and
/// kept as a resource, so that the program itself needs none of those classes.
final class BuiltinTypesTest {

  private static final List<Class<?>> ROOTS =
      List.of(
          ConfigMap.class,
          Endpoints.class,
          Event.class,
          Namespace.class,
          Node.class,
          PersistentVolume.class,
          PersistentVolumeClaim.class,
          Pod.class,
          Secret.class,
          Service.class,
          ServiceAccount.class,
          Deployment.class,
          ReplicaSet.class,
          SelfSubjectReview.class,
          TokenRequest.class,
          TokenReview.class,
          SelfSubjectAccessReview.class,
          SelfSubjectRulesReview.class,
          SubjectAccessReview.class,
          Scale.class,
          Lease.class,
          EndpointSlice.class,
          io.fabric8.kubernetes.api.model.events.v1.Event.class,
          NetworkPolicy.class,
          Eviction.class,
          PodDisruptionBudget.class,
          ClusterRole.class,
          ClusterRoleBinding.class,
          Role.class,
          RoleBinding.class,
          PriorityClass.class,
          StorageClass.class);

  private static final List<String> META =
      List.of(
          "Condition",
          "DeleteOptions",
          "FieldsV1",
          "LabelSelector",
          "LabelSelectorRequirement",
          "ListMeta",
          "ManagedFieldsEntry",
          "MicroTime",
          "ObjectMeta",
          "OwnerReference",
          "Preconditions");

  private final SortedMap<String, SortedMap<String, String>> definitions = new TreeMap<>();
  private final Deque<Class<?>> waiting = new ArrayDeque<>();

  @Test
  void typesEqualThoseOfTheClientsModel() {
    waiting.addAll(ROOTS);
    for (Class<?> next = waiting.poll(); next != null; next = waiting.poll()) {
      if (!definitions.containsKey(name(next))) {
        definitions.put(name(next), fields(next));
      }
    }
    var text = new StringBuilder();
    definitions.forEach((name, fields) -> {
      text.append(name).append('\n');
      fields.forEach((field, type) -> text.append("  " + field + " " + type + "\n"));
    });
    Golden.file(
        Path.of("src/main/resources/io/kvorum/localkube/schema/builtin.types"), text.toString());
  }

  private SortedMap<String, String> fields(Class<?> model) {
    var fields = new TreeMap<String, String>();
    for (Field field : model.getDeclaredFields()) {
      if (Modifier.isStatic(field.getModifiers())
          || field.getName().equals("additionalProperties")) {
        continue;
      }
      JsonProperty named = field.getAnnotation(JsonProperty.class);
      String name = named == null || named.value().isEmpty() ? field.getName() : named.value();
      fields.put(name, type(field.getGenericType(), name));
    }
    return fields;
  }

  private String type(Type type, String name) {
    if (type instanceof ParameterizedType generic) {
      Type[] arguments = generic.getActualTypeArguments();
      return generic.getRawType() == List.class
          ? "[" + type(arguments[0], name) + "]"
          : generic.getRawType() == Map.class ? "{" + type(arguments[1], name) + "}" : "any";
    }
    return type instanceof Class<?> plain ? plain(plain, name) : "any";
  }

  private String plain(Class<?> type, String name) {
    if (type == String.class) {
      return name.endsWith("Timestamp") || name.endsWith("Time") || name.endsWith("At")
          ? "time"
          : "string";
    }
    if (type == Integer.class || type == int.class) {
      return "integer";
    }
    if (type == Long.class || type == long.class) {
      return "long";
    }
    if (type == Boolean.class || type == boolean.class) {
      return "boolean";
    }
    if (type == Double.class) {
      return "number";
    }
    if (type == Quantity.class) {
      return "quantity";
    }
    if (type == IntOrString.class) {
      return "int-or-string";
    }
    if (type == MicroTime.class || type.getSimpleName().equals("ZonedDateTime")) {
      return "micro-time";
    }
    if (type.isInterface()
        || type == Object.class
        || HasMetadata.class.isAssignableFrom(type)
        || type.getSimpleName().equals("FieldsV1")
        || type.getSimpleName().equals("RawExtension")) {
      return "any";
    }
    waiting.add(type);
    return name(type);
  }

  /// `io.fabric8.kubernetes.api.model.apps.Deployment` is `apps.v1.Deployment`.
  private static String name(Class<?> type) {
    String simple = type.getSimpleName();
    if (META.contains(simple)) {
      return "meta.v1." + simple;
    }
    String group =
        type.getPackageName()
            .replace("io.fabric8.kubernetes.api.model", "")
            .replaceAll("^\\.", "")
            .replaceAll("\\.v1$", "");
    return (group.isEmpty() ? "core" : group) + ".v1." + simple;
  }
}
