package io.kvorum.node.server.api;

import io.grpc.Context;
import io.kvorum.node.core.kv.Access;
import io.kvorum.node.core.kv.Accounts;
import io.kvorum.node.core.kv.AuthRefusal;
import io.kvorum.node.core.kv.Identity;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/// Who makes a call, as token or certificate say at the moment of asking.
public sealed interface Caller {
  /// A user, or nobody.
  record Known(Identity identity) implements Caller {
    public static final Known NOBODY = new Known(Identity.NOBODY);
  }

  /// The token is none of ours, or no longer.
  record BadToken() implements Caller {}

  /// What a call came with. Asked anew for each request of a stream, since tokens expire.
  @FunctionalInterface
  interface Credentials {
    Context.Key<Credentials> KEY = Context.keyWithDefault("credentials", () -> Known.NOBODY);

    Caller caller();

    /// Those of the call that is being handled.
    static Credentials current() {
      return KEY.get(Context.current());
    }
  }

  /// The error that stands against what the caller wants, if there is one.
  default @Nullable ApiError refusal(
      Accounts accounts, Function<Access, @Nullable AuthRefusal> want) {
    if (!accounts.enabled()) {
      return null;
    }
    return switch (this) {
      case BadToken _ -> ApiError.INVALID_AUTH_TOKEN;
      case Known(Identity identity) -> {
        AuthRefusal reason = want.apply(Access.of(accounts, identity));
        yield reason == null ? null : ApiErrors.of(reason);
      }
    };
  }
}
