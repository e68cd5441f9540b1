package io.kvorum.node.core.kv;

/// A change of the tree that API v2 shows. Paths start with a slash and end without one; the root
/// is "/". Times are nanoseconds since 1970 by the clock of who asks, so that every member applies
/// the same: the present in `now`, and when a node ends in `expiration`, 0 for never.
public sealed interface V2Command extends Command {

  /// When the proposer made the command.
  long now();

  /// How long what is written lives.
  ///
  /// @param refresh keeps the value, and tells no watcher
  record Lifetime(long expiration, boolean refresh) {
    public static final Lifetime ENDLESS = new Lifetime(0, false);
  }

  /// Creates or replaces a file, or creates a directory.
  record Set(String path, boolean directory, String value, Lifetime lifetime, long now)
      implements V2Command {}

  /// Creates what must not exist; a unique child of the path with its index for a name.
  record Create(
      String path, boolean directory, String value, boolean unique, Lifetime lifetime, long now)
      implements V2Command {}

  /// Changes value and lifetime of a file, or the lifetime of a directory.
  record Update(String path, String value, Lifetime lifetime, long now) implements V2Command {}

  /// What a node must be like; empty and 0 ask for nothing.
  record Expected(String value, long index) {}

  record CompareAndSwap(String path, Expected expected, String value, Lifetime lifetime, long now)
      implements V2Command {}

  record Delete(String path, boolean directory, boolean recursive, long now) implements V2Command {}

  record CompareAndDelete(String path, Expected expected, long now) implements V2Command {}

  /// Ends every node whose time has come.
  record Expire(long now) implements V2Command {}
}
