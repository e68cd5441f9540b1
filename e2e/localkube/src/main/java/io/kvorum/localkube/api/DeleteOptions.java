package io.kvorum.localkube.api;

import com.fasterxml.jackson.databind.JsonNode;
import io.kvorum.localkube.json.Json;
import org.jspecify.annotations.Nullable;

/// How a deletion is to be done.
///
/// @param graceSeconds how long the object may take to end; null leaves it to the object
/// @param propagation what happens to dependents
/// @param uid the object it must still be, or ""
/// @param resourceVersion the version it must still have, or ""
/// @param dryRun answer, but delete nothing
public record DeleteOptions(
    @Nullable Long graceSeconds,
    Propagation propagation,
    String uid,
    String resourceVersion,
    boolean dryRun) {

  /// What happens to the objects that a deleted one owns.
  public enum Propagation {
    BACKGROUND,
    FOREGROUND,
    ORPHAN
  }

  /// Deletes at the object's own pace, dependents behind it.
  public static final DeleteOptions PLAIN =
      new DeleteOptions(null, Propagation.BACKGROUND, "", "", false);

  /// Deletes without waiting, and only this very object.
  public static DeleteOptions now(String uid) {
    return new DeleteOptions(0L, Propagation.BACKGROUND, uid, "", false);
  }

  /// Reads a DeleteOptions object (or null) of a request.
  public static DeleteOptions of(
      @Nullable JsonNode body, String graceSeconds, String propagation, boolean dryRun) {
    JsonNode grace = Json.at(body, "gracePeriodSeconds");
    Long seconds = grace == null ? null : Long.valueOf(grace.asLong());
    if (seconds == null && graceSeconds.matches("\\d{1,9}")) {
      seconds = Long.valueOf(graceSeconds);
    }
    String policy = Json.text(body, "propagationPolicy");
    if (policy.isEmpty()) {
      policy = Json.flag(body, "orphanDependents") ? "Orphan" : propagation;
    }
    return new DeleteOptions(
        seconds,
        propagation(policy),
        Json.text(body, "preconditions", "uid"),
        Json.text(body, "preconditions", "resourceVersion"),
        dryRun || Json.texts(body, "dryRun").contains("All"));
  }

  private static Propagation propagation(String text) {
    return switch (text) {
      case "", "Background" -> Propagation.BACKGROUND;
      case "Foreground" -> Propagation.FOREGROUND;
      case "Orphan" -> Propagation.ORPHAN;
      default ->
          throw ApiException.badRequest(
              "propagationPolicy \"" + text + "\": supported are Background, Foreground, Orphan");
    };
  }
}
