package io.kvorum.node.core.kv;

import io.kvorum.node.core.Invariant;

/// How much memory applying may take beside the commands themselves, however much a command
/// changes: one deletion may well be wider than the heap. The bounds decide when something is
/// written, told or answered, never what the state becomes.
///
/// @param writeBytes a write to the store is about so big, and so is what is known of the keys it
///   changes; a command that changes more is written in parts
/// @param eventBytes the events of a batch; more are left to those who read history
/// @param answerBytes the answers of a batch, what stands in the commands aside; an answer beyond
///   is left out
public record ApplyBounds(int writeBytes, long eventBytes, long answerBytes) {

  public ApplyBounds {
    Invariant.check(
        writeBytes > 0 && eventBytes >= 0 && answerBytes >= 0, "bounds of applying", writeBytes);
  }

  /// With room for answers of so many bytes.
  public static ApplyBounds withAnswers(long answerBytes) {
    return new ApplyBounds(16 << 20, 32 << 20, answerBytes);
  }

  /// A wide change goes on key by key in portions of so many keys, or of values of such size.
  int portionKeys() {
    return Math.clamp(writeBytes >> 14, 1, 1_000);
  }

  long portionBytes() {
    return writeBytes / 4;
  }
}
