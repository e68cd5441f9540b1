package io.kvorum.localkube.api;

import java.util.function.Consumer;

/// How a write is to be done.
///
/// @param manager the field manager
/// @param dryRun judge and answer, but change nothing
/// @param unknownFields what to do with fields that no schema knows
/// @param warnings hears what the client should know although the write succeeds
public record WriteOptions(
    String manager, boolean dryRun, UnknownFields unknownFields, Consumer<String> warnings) {

  /// `fieldValidation` of a request.
  public enum UnknownFields {
    IGNORE,
    WARN,
    STRICT
  }

  /// The options of a controller in this process.
  public static WriteOptions of(String manager) {
    return new WriteOptions(manager, false, UnknownFields.STRICT, _ -> {});
  }
}
