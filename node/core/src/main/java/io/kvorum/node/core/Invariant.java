package io.kvorum.node.core;

/// What must always hold, checked in production as in tests.
///
/// A broken invariant is a bug of ours: going on could damage data, so it is an [Error] that no
/// code catches to continue, and the process stops. The overloads with numbers allocate nothing
/// while the condition holds; they stand on hot paths.
public final class Invariant {
  private Invariant() {}

  /// A broken invariant.
  public static final class Violation extends Error {
    public Violation(String message) {
      super(message);
    }
  }

  public static void check(boolean condition, String message) {
    if (!condition) {
      throw new Violation(message);
    }
  }

  /// Both numbers stand in the message: they are what one wants to know first.
  public static void check(boolean condition, String message, long first, long second) {
    if (!condition) {
      throw new Violation(message + ": " + first + ", " + second);
    }
  }

  public static void check(boolean condition, String message, Object subject) {
    if (!condition) {
      throw new Violation(message + ": " + subject);
    }
  }

  /// For a branch that cannot be reached.
  public static Violation unreachable(String message) {
    return new Violation(message);
  }
}
