package io.kvorum.localkube.kubelet;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.function.UnaryOperator;

/// What the kubelet reads and writes of the API. Objects handed out are shared: copy before change.
public interface Cluster {

  /// All objects of a resource (`pods`, `nodes`, ...), in all namespaces.
  List<ObjectNode> list(String resource);

  /// One object; the namespace is "" for a cluster's own objects.
  Optional<ObjectNode> get(String resource, String namespace, String name);

  /// Adds an object; does nothing when it is there.
  void create(String resource, ObjectNode object);

  /// Replaces an object by what `change` makes of a copy of its present state, atomically; nothing
  /// is written when that is equal. Empty when the object is gone. Status and metadata included.
  Optional<ObjectNode> update(
      String resource, String namespace, String name, UnaryOperator<ObjectNode> change);

  /// Removes the object at once if it still has this uid: the last step of its deletion.
  void remove(String resource, String namespace, String name, String uid);

  /// Records an event about an object.
  ///
  /// @param type `Normal` or `Warning`
  void event(ObjectNode about, String type, String reason, String message);

  /// A kubeconfig by which processes act as this service account.
  Path credentials(String namespace, String serviceAccount);

  /// Calls `changed` after each change of one of these resources, soon and never concurrently.
  AutoCloseable watch(List<String> resources, Runnable changed);
}
