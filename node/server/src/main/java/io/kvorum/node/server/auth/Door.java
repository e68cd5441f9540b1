package io.kvorum.node.server.auth;

import io.grpc.Context;
import io.grpc.Contexts;
import io.grpc.Grpc;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.ServerCall;
import io.grpc.ServerCallHandler;
import io.grpc.ServerInterceptor;
import io.kvorum.node.core.kv.Access;
import io.kvorum.node.core.kv.Accounts;
import io.kvorum.node.core.kv.AuthRefusal;
import io.kvorum.node.core.kv.Identity;
import io.kvorum.node.server.api.ApiError;
import io.kvorum.node.server.api.Backend;
import io.kvorum.node.server.api.Caller;
import io.kvorum.node.server.tls.CommonName;
import io.netty.util.concurrent.EventExecutor;
import io.netty.util.concurrent.ImmediateEventExecutor;
import io.netty.util.internal.ThreadExecutorMap;
import java.util.ArrayDeque;
import java.util.function.Consumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/// What every call passes while auth is enabled: who makes it is told to its handler, and methods
/// that are root's alone, or open only to those who are known, are decided here.
///
/// A token that this member has not yet heard of, because it was given out by another, is waited
/// for.
final class Door implements ServerInterceptor {
  private static final Metadata.Key<String> TOKEN =
      Metadata.Key.of("token", Metadata.ASCII_STRING_MARSHALLER);
  private static final Metadata.Key<String> AUTHORIZATION =
      Metadata.Key.of("authorization", Metadata.ASCII_STRING_MARSHALLER);

  /// On calls of the JSON gateway, whose certificate is not the user's.
  private static final Metadata.Key<String> GATEWAY =
      Metadata.Key.of("grpcgateway-accept", Metadata.ASCII_STRING_MARSHALLER);

  private static final String BEARER = "Bearer ";

  private final Backend backend;
  private final Tokens tokens;
  private final boolean certificateNames;
  private final Waits waits;

  Door(Backend backend, Tokens tokens, boolean certificateNames, Waits waits) {
    this.backend = backend;
    this.tokens = tokens;
    this.certificateNames = certificateNames;
    this.waits = waits;
  }

  /// Who may call a method.
  private enum Need {
    /// Anybody, known or not.
    OPEN,
    /// Its handler decides, by what the request is about.
    HANDLER,
    KNOWN,
    ROOT
  }

  /// A method that stands nowhere here is root's.
  private static Need need(String method) {
    return switch (method) {
      case "etcdserverpb.Auth/Authenticate",
          "grpc.health.v1.Health/Check",
          "grpc.health.v1.Health/List",
          "grpc.health.v1.Health/Watch" ->
          Need.OPEN;
      case "etcdserverpb.Maintenance/Alarm",
          "etcdserverpb.KV/Range",
          "etcdserverpb.KV/RangeStream",
          "etcdserverpb.KV/Put",
          "etcdserverpb.KV/DeleteRange",
          "etcdserverpb.KV/Txn",
          "etcdserverpb.KV/Compact",
          "etcdserverpb.Watch/Watch",
          "etcdserverpb.Lease/LeaseGrant",
          "etcdserverpb.Lease/LeaseRevoke",
          "etcdserverpb.Lease/LeaseKeepAlive",
          "etcdserverpb.Lease/LeaseTimeToLive",
          "etcdserverpb.Lease/LeaseLeases" ->
          Need.HANDLER;
      case "etcdserverpb.Maintenance/Status", "etcdserverpb.Cluster/MemberList" -> Need.KNOWN;
      case String _ ->
          method.startsWith("etcdserverpb.Auth/")
                  || method.startsWith("v3lockpb.")
                  || method.startsWith("v3electionpb.")
              ? Need.HANDLER
              : Need.ROOT;
    };
  }

  @Override
  public <Q, S> ServerCall.Listener<Q> interceptCall(
      ServerCall<Q, S> call, Metadata headers, ServerCallHandler<Q, S> next) {
    boolean enabled = backend.accounts().enabled();
    if (!enabled && call.getMethodDescriptor().getType() == MethodDescriptor.MethodType.UNARY) {
      return next.startCall(call, headers);
    }
    String token = token(headers);
    Caller.Credentials credentials =
        token.isEmpty() ? certified(call, headers) : () -> caller(token);
    if (!enabled) {
      // A stream may still be there when auth is enabled, and is its caller's then.
      return known(call, headers, next, credentials);
    }
    if (token.isEmpty()) {
      return admitted(call, headers, next, credentials);
    }
    return tokens.resolve(token, backend.accounts()) instanceof Tokens.Resolution.Later(long index)
        ? awaited(call, headers, next, credentials, index)
        : admitted(call, headers, next, credentials);
  }

  private static String token(Metadata headers) {
    String token = headers.get(TOKEN);
    if (token == null || token.isEmpty()) {
      token = headers.get(AUTHORIZATION);
    }
    if (token == null) {
      return "";
    }
    return token.startsWith(BEARER) ? token.substring(BEARER.length()) : token;
  }

  private Caller.Credentials certified(ServerCall<?, ?> call, Metadata headers) {
    String name = certificateNames && !headers.containsKey(GATEWAY) ? commonName(call) : "";
    return () ->
        name.isEmpty()
            ? Caller.Known.NOBODY
            : new Caller.Known(new Identity(name, backend.accounts().revision()));
  }

  private Caller caller(String token) {
    return switch (tokens.resolve(token, backend.accounts())) {
      case Tokens.Resolution.Good(Identity identity) -> new Caller.Known(identity);
      case Tokens.Resolution.Bad _, Tokens.Resolution.Later _ -> new Caller.BadToken();
    };
  }

  private static String commonName(ServerCall<?, ?> call) {
    return CommonName.of(call.getAttributes().get(Grpc.TRANSPORT_ATTR_SSL_SESSION));
  }

  private <Q, S> ServerCall.Listener<Q> admitted(
      ServerCall<Q, S> call,
      Metadata headers,
      ServerCallHandler<Q, S> next,
      Caller.Credentials credentials) {
    ApiError refusal = refusal(call.getMethodDescriptor().getFullMethodName(), credentials);
    if (refusal != null) {
      call.close(refusal.status(), new Metadata());
      return new ServerCall.Listener<>() {};
    }
    return known(call, headers, next, credentials);
  }

  private static <Q, S> ServerCall.Listener<Q> known(
      ServerCall<Q, S> call,
      Metadata headers,
      ServerCallHandler<Q, S> next,
      Caller.Credentials credentials) {
    Context context = Context.current().withValue(Caller.Credentials.KEY, credentials);
    return Contexts.interceptCall(context, call, headers, next);
  }

  private @Nullable ApiError refusal(String method, Caller.Credentials credentials) {
    Accounts accounts = backend.accounts();
    Function<Access, @Nullable AuthRefusal> want =
        switch (need(method)) {
          case OPEN, HANDLER -> _ -> null;
          case KNOWN -> Access::anybody;
          case ROOT -> Access::root;
        };
    return switch (need(method)) {
      case OPEN, HANDLER -> null;
      case KNOWN, ROOT -> credentials.caller().refusal(accounts, want);
    };
  }

  private <Q, S> ServerCall.Listener<Q> awaited(
      ServerCall<Q, S> call,
      Metadata headers,
      ServerCallHandler<Q, S> next,
      Caller.Credentials credentials,
      long index) {
    var listener = new Deferred<Q>();
    EventExecutor current = ThreadExecutorMap.currentExecutor();
    EventExecutor home = current == null ? ImmediateEventExecutor.INSTANCE : current;
    waits.until(
        index,
        () ->
            home.execute(() -> {
              if (!call.isCancelled()) {
                listener.goOn(admitted(call, headers, next, credentials));
              }
            }));
    return listener;
  }

  /// Stands in for the listener of a call that has not gone on yet, and keeps what comes before the
  /// real one is there: its handler asks for the request while it is still being made.
  private static final class Deferred<Q> extends ServerCall.Listener<Q> {
    /// At most the request, its end, and the end of the call.
    private final ArrayDeque<Consumer<ServerCall.Listener<Q>>> early = new ArrayDeque<>();

    private ServerCall.@Nullable Listener<Q> listener;

    void goOn(ServerCall.Listener<Q> real) {
      while (!early.isEmpty()) {
        early.remove().accept(real);
      }
      listener = real;
    }

    private void tell(Consumer<ServerCall.Listener<Q>> event) {
      if (listener == null) {
        early.add(event);
      } else {
        event.accept(listener);
      }
    }

    @Override
    public void onMessage(Q message) {
      tell(real -> real.onMessage(message));
    }

    @Override
    public void onHalfClose() {
      tell(ServerCall.Listener::onHalfClose);
    }

    @Override
    public void onCancel() {
      tell(ServerCall.Listener::onCancel);
    }

    @Override
    public void onComplete() {
      tell(ServerCall.Listener::onComplete);
    }

    @Override
    public void onReady() {
      tell(ServerCall.Listener::onReady);
    }
  }
}
