package io.kvorum.localkube.api;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.kvorum.localkube.json.Json;
import io.kvorum.localkube.store.ObjectStore;
import io.kvorum.localkube.store.Outcome;
import io.kvorum.localkube.store.Stored;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;

/// Deletes objects: at once, or by a mark that finalizers and grace periods turn into the end.
final class Deletion {

  private static final int MAX_ATTEMPTS = 8;

  private final ObjectStore store;
  private final Rules rules;

  Deletion(ObjectStore store, Rules rules) {
    this.store = store;
    this.rules = rules;
  }

  /// What became of the object.
  ///
  /// @param object its last or present state
  /// @param gone true when it is removed already
  record Result(ObjectNode object, boolean gone) {}

  Result delete(Target target, DeleteOptions options) {
    for (int attempt = 0; attempt < MAX_ATTEMPTS; attempt++) {
      Stored live =
          store
              .get(target.key())
              .orElseThrow(() -> ApiException.notFound(target.type(), target.name()));
      checkPreconditions(live, target, options);
      ObjectNode marked = marked(live.object().deepCopy(), target, options);
      boolean gone = Finality.finished(marked);
      if (options.dryRun() || (!gone && Json.same(marked, live.object()))) {
        return new Result(marked, false);
      }
      Outcome outcome =
          gone
              ? store.delete(live.key(), live.version())
              : store.replace(live.key(), live.version(), marked);
      if (outcome instanceof Outcome.Done done) {
        rules.changed(target.type());
        return new Result(done.stored().object(), gone);
      }
    }
    throw ApiException.conflict(
        target.type(), target.name(), "the object changes faster than it can be deleted");
  }

  private static void checkPreconditions(Stored live, Target target, DeleteOptions options) {
    String why = "";
    if (!options.uid().isEmpty() && !options.uid().equals(live.uid())) {
      why =
          "Precondition failed: UID in precondition: "
              + options.uid()
              + ", UID in object meta: "
              + live.uid();
    } else if (!options.resourceVersion().isEmpty()
        && !options.resourceVersion().equals(Long.toString(live.version()))) {
      why =
          "Precondition failed: ResourceVersion in precondition: "
              + options.resourceVersion()
              + ", ResourceVersion in object meta: "
              + live.version();
    }
    if (!why.isEmpty()) {
      throw ApiException.conflict(target.type(), target.name(), why);
    }
  }

  /// The object with its deletion requested.
  private static ObjectNode marked(ObjectNode object, Target target, DeleteOptions options) {
    ObjectNode metadata = Json.with(object, "metadata");
    long grace = grace(object, target, options);
    boolean again = metadata.has("deletionTimestamp");
    if (!again || grace < Json.number(metadata, 0, "deletionGracePeriodSeconds")) {
      Instant end = Instant.now().truncatedTo(ChronoUnit.SECONDS).plusSeconds(grace);
      metadata.put("deletionTimestamp", end.toString());
      metadata.put("deletionGracePeriodSeconds", grace);
      if (!again && metadata.has("generation")) {
        metadata.put("generation", Json.number(metadata, 0, "generation") + 1);
      }
    }
    if (target.type().qualified().equals("namespaces")) {
      Json.with(object, "status").put("phase", "Terminating");
    }
    finalizers(metadata, target, options);
    return object;
  }

  /// Only Pods take their time, and only those that may be running.
  private static long grace(ObjectNode object, Target target, DeleteOptions options) {
    String phase = Json.text(object, "status", "phase");
    boolean running =
        target.type().qualified().equals("pods")
            && !Json.text(object, "spec", "nodeName").isEmpty()
            && !phase.equals("Succeeded")
            && !phase.equals("Failed");
    if (!running) {
      return 0;
    }
    Long asked = options.graceSeconds();
    return asked != null
        ? Math.max(0, asked)
        : Json.number(object, 30, "spec", "terminationGracePeriodSeconds");
  }

  private static void finalizers(ObjectNode metadata, Target target, DeleteOptions options) {
    switch (options.propagation()) {
      case BACKGROUND -> {}
      case FOREGROUND -> add(metadata, "foregroundDeletion");
      case ORPHAN -> add(metadata, "orphan");
    }
    if (target.type().qualified().equals("customresourcedefinitions.apiextensions.k8s.io")) {
      add(metadata, "customresourcecleanup.apiextensions.k8s.io");
    }
  }

  private static void add(ObjectNode metadata, String finalizer) {
    List<String> present = Json.texts(metadata, "finalizers");
    if (!present.contains(finalizer)) {
      ArrayNode list = Json.withArray(metadata, "finalizers");
      list.add(finalizer);
    }
  }
}
