package io.kvorum.node.server.v2;

import io.kvorum.node.core.kv.V2Command;
import org.jspecify.annotations.Nullable;

/// A request for keys, read and found to make sense.
sealed interface KeysRequest {

  /// Shows a node.
  ///
  /// @param quorum read what a quorum knows, else what this member knows
  record Get(String path, boolean recursive, boolean quorum) implements KeysRequest {}

  /// Waits for changes.
  ///
  /// @param from the index of the first that counts; 0: the next one
  /// @param stream all of them, else one
  record Watch(String path, boolean recursive, boolean stream, long from) implements KeysRequest {}

  /// Changes the tree.
  ///
  /// @param brief leave out what the change did
  record Change(V2Command command, boolean brief) implements KeysRequest {}

  /// A request that makes no sense.
  final class BadRequestException extends Exception {
    private static final long serialVersionUID = 1;

    private final transient V2Error error;

    BadRequestException(V2Error error) {
      super(error.cause());
      this.error = error;
    }

    V2Error error() {
      return error;
    }
  }

  /// Reads a request.
  ///
  /// @param path clean, and from the root
  /// @param now in nanoseconds since 1970
  static KeysRequest of(String method, String path, Form form, long now)
      throws BadRequestException {
    return new Fields(method, path, form, now).request();
  }

  /// Reads the fields in etcd's order, so that the same one of several errors is told.
  final class Fields {
    private static final long NANOS = 1_000_000_000;

    private final String method;
    private final String path;
    private final Form form;
    private final long now;

    Fields(String method, String path, Form form, long now) {
      this.method = method;
      this.path = path;
      this.form = form;
      this.now = now;
    }

    private KeysRequest request() throws BadRequestException {
      long previousIndex = index("prevIndex");
      long waitIndex = index("waitIndex");
      boolean recursive = flag("recursive", true);
      boolean _ = flag("sorted", true);
      boolean wait = flag("wait", true);
      boolean directory = flag("dir", true);
      boolean quorum = flag("quorum", true);
      boolean stream = flag("stream", true);
      if (wait && !method.equals("GET")) {
        throw new BadRequestException(
            V2Error.invalidField("\"wait\" can only be used with GET requests"));
      }
      String previousValue = form.text("prevValue");
      if (form.has("prevValue") && previousValue.isEmpty()) {
        throw new BadRequestException(V2Error.prevValueRequired());
      }
      boolean brief = flag("noValueOnSuccess", true);
      Long ttl = ttl();
      Boolean exists = form.has("prevExist") ? flag("prevExist", false) : null;
      boolean refresh = form.has("refresh") && flag("refresh", false);
      if (refresh) {
        checkRefresh(ttl);
      }
      var lifetime = new V2Command.Lifetime(expiration(ttl), refresh);
      var expected = new V2Command.Expected(previousValue, previousIndex);
      return switch (method) {
        case "PUT" -> new Change(put(directory, lifetime, expected, exists), brief);
        case "POST" ->
            new Change(
                new V2Command.Create(path, directory, form.text("value"), true, lifetime, now),
                brief);
        case "DELETE" -> new Change(delete(directory, recursive, expected), brief);
        case "GET" ->
            wait && !quorum
                ? new Watch(path, recursive, stream, waitIndex)
                : new Get(path, recursive, quorum);
        default -> new Get(path, recursive, false);
      };
    }

    private V2Command put(
        boolean directory,
        V2Command.Lifetime lifetime,
        V2Command.Expected expected,
        @Nullable Boolean exists) {
      String value = form.text("value");
      boolean compares = expected.index() != 0 || !expected.value().isEmpty();
      if (exists != null && !exists) {
        return new V2Command.Create(path, directory, value, false, lifetime, now);
      }
      if (compares) {
        return new V2Command.CompareAndSwap(path, expected, value, lifetime, now);
      }
      return exists != null
          ? new V2Command.Update(path, value, lifetime, now)
          : new V2Command.Set(path, directory, value, lifetime, now);
    }

    private V2Command delete(boolean directory, boolean recursive, V2Command.Expected expected) {
      return expected.index() != 0 || !expected.value().isEmpty()
          ? new V2Command.CompareAndDelete(path, expected, now)
          : new V2Command.Delete(path, directory, recursive, now);
    }

    private void checkRefresh(@Nullable Long ttl) throws BadRequestException {
      if (!form.text("value").isEmpty()) {
        throw new BadRequestException(V2Error.refreshValue());
      }
      if (ttl == null) {
        throw new BadRequestException(V2Error.refreshTtlRequired());
      }
    }

    /// Whoever asks for more than three centuries gets them.
    private long expiration(@Nullable Long ttl) {
      if (ttl == null) {
        return 0;
      }
      long most = (Long.MAX_VALUE - now) / NANOS;
      return now + (ttl < 0 ? most : Math.min(ttl, most)) * NANOS;
    }

    private @Nullable Long ttl() throws BadRequestException {
      if (form.text("ttl").isEmpty()) {
        return null;
      }
      try {
        return unsigned(form.text("ttl"));
      } catch (NumberFormatException e) {
        throw new BadRequestException(V2Error.ttlNotANumber());
      }
    }

    private long index(String name) throws BadRequestException {
      try {
        return form.has(name) ? unsigned(form.text(name)) : 0;
      } catch (NumberFormatException e) {
        throw new BadRequestException(V2Error.indexNotANumber(name));
      }
    }

    /// Digits alone, up to 64 bits.
    private static long unsigned(String text) {
      if (text.startsWith("+")) {
        throw new NumberFormatException(text);
      }
      return Long.parseUnsignedLong(text);
    }

    private boolean flag(String name, boolean quoted) throws BadRequestException {
      String text = form.first(name);
      if (text == null) {
        return false;
      }
      return switch (text) {
        case "1", "t", "T", "TRUE", "true", "True" -> true;
        case "0", "f", "F", "FALSE", "false", "False" -> false;
        default ->
            throw new BadRequestException(
                V2Error.invalidField("invalid value for " + (quoted ? '"' + name + '"' : name)));
      };
    }
  }
}
