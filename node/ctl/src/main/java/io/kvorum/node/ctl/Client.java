package io.kvorum.node.ctl;

import com.google.protobuf.MessageLite;
import io.grpc.CallOptions;
import io.grpc.Channel;
import io.grpc.ClientCall;
import io.grpc.ClientInterceptor;
import io.grpc.ClientInterceptors;
import io.grpc.ClientStreamTracer;
import io.grpc.Deadline;
import io.grpc.ForwardingClientCall;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.kvorum.node.proto.etcd.AuthGrpc;
import io.kvorum.node.proto.etcd.AuthenticateRequest;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/// Calls to the store over its endpoints, one after the other.
///
/// The first endpoint is asked; when it cannot be reached, the next. A *read* that a member answers
/// with Unavailable is asked again elsewhere; a *write* only when the request surely never left
/// this process, because nobody knows what an unanswered write did.
final class Client implements AutoCloseable {

  /// Answers of Unavailable that a read may get before it gives up.
  private static final int ANSWERED_ATTEMPTS_MAX = 100;

  private static final long PAUSE_NANOS = TimeUnit.MILLISECONDS.toNanos(25);
  private static final Metadata.Key<String> TOKEN =
      Metadata.Key.of("token", Metadata.ASCII_STRING_MARSHALLER);

  /// A call given the channel to make it on.
  @FunctionalInterface
  interface Call<T> extends Function<Channel, T> {}

  private final Settings settings;
  private final Output errors;
  private final List<Connection> connections;
  private final Caller caller;
  private int current;

  /// Who calls: the token that the store gave, and how to get the next one when it has forgotten
  /// it. Clients of one command share it.
  private static final class Caller {
    private volatile @Nullable AuthenticateRequest request;
    private volatile Metadata headers = new Metadata();
  }

  private Client(Settings settings, Output errors, List<Connection> connections, Caller caller) {
    this.settings = settings;
    this.errors = errors;
    this.connections = List.copyOf(connections);
    this.caller = caller;
  }

  /// Prepares connections to all endpoints (made when first used) and signs in when a user is set.
  static Client open(Settings settings, Console console) throws Failure, Output.Closed {
    var client = over(settings, settings.endpoints(), console.errors(), new Caller());
    if (!settings.credentials().user().isEmpty()) {
      client.signIn(console);
    }
    return client;
  }

  private static Client over(
      Settings settings, List<Endpoint> endpoints, Output errors, Caller caller) throws Failure {
    var connections = new ArrayList<Connection>();
    var transport = new Transport(settings);
    for (Endpoint endpoint : endpoints) {
      connections.add(new Connection(endpoint, transport));
    }
    return new Client(settings, errors, connections, caller);
  }

  /// A client of other endpoints with the same settings and identity.
  Client of(List<Endpoint> endpoints) throws Failure {
    return over(settings, endpoints, errors, caller);
  }

  /// A client for another thread; it shares this one's connections, and this one closes them.
  Client sharing() {
    return new Client(settings, errors, connections, caller);
  }

  /// One client for each endpoint, in order; they share this one's connections.
  List<Client> each() {
    var clients = new ArrayList<Client>();
    for (Connection connection : connections) {
      clients.add(new Client(settings, errors, List.of(connection), caller));
    }
    return clients;
  }

  List<Endpoint> endpoints() {
    return connections.stream().map(Connection::endpoint).toList();
  }

  /// The endpoint asked next.
  Endpoint endpoint() {
    return connections.get(current).endpoint();
  }

  <T> T read(Call<T> call) throws Failure, Output.Closed {
    return call(call, true);
  }

  <T> T write(Call<T> call) throws Failure, Output.Closed {
    return call(call, false);
  }

  private <T> T call(Call<T> call, boolean repeatable) throws Failure, Output.Closed {
    var deadline = deadline();
    var troubles = new LinkedHashMap<String, String>();
    int answered = 0;
    boolean renewed = false;
    while (true) {
      Connection connection = connections.get(current);
      var trace = new Trace();
      try {
        return call.apply(withDeadline(connection, deadline, trace));
      } catch (StatusRuntimeException e) {
        Status status = e.getStatus();
        if (status.getCode() == Status.Code.DEADLINE_EXCEEDED) {
          throw outOfTime(troubles);
        }
        if (!renewed && isForgotten(status)) {
          renewed = true;
          authenticate();
          continue;
        }
        if (status.getCode() != Status.Code.UNAVAILABLE || (trace.left && !repeatable)) {
          throw Failure.error(Errors.text(status));
        }
        if (trace.left && ++answered >= ANSWERED_ATTEMPTS_MAX) {
          throw Failure.error(Errors.text(status));
        }
        troubles.put(connection.endpoint().text(), Errors.connectionText(status));
        next();
        if (deadline.isExpired()) {
          throw outOfTime(troubles);
        }
      }
    }
  }

  /// Whether the store refused a token that was right once; then nothing was done.
  private boolean isForgotten(Status status) {
    String text = status.getDescription() == null ? "" : status.getDescription();
    return caller.request != null
        && (text.equals("etcdserver: invalid auth token")
            || text.equals("etcdserver: revision of auth store is old"));
  }

  private Deadline deadline() {
    return Deadline.after(settings.commandTimeout().toNanos(), TimeUnit.NANOSECONDS);
  }

  /// Turns to the next endpoint, with a pause after each round.
  void next() {
    current = (current + 1) % connections.size();
    if (current == 0) {
      LockSupport.parkNanos(PAUSE_NANOS);
    }
    connections.get(current).reconnect();
  }

  private Failure outOfTime(Map<String, String> troubles) throws Output.Closed {
    for (Map.Entry<String, String> trouble : troubles.entrySet()) {
      errors.line("endpoint " + trouble.getKey() + ": " + trouble.getValue());
    }
    return Failure.error("context deadline exceeded");
  }

  /// The channel of the current endpoint for a stream, which has no deadline but its own.
  Channel stream() {
    return ClientInterceptors.intercept(
        connections.get(current).channel(), withHeaders(null, new Trace()));
  }

  private Channel withDeadline(Connection connection, Deadline deadline, Trace trace) {
    return ClientInterceptors.intercept(connection.channel(), withHeaders(deadline, trace));
  }

  private ClientInterceptor withHeaders(@Nullable Deadline deadline, Trace trace) {
    return new ClientInterceptor() {
      @Override
      public <Q, R> ClientCall<Q, R> interceptCall(
          MethodDescriptor<Q, R> method, CallOptions options, Channel next) {
        CallOptions timed = deadline == null ? options : options.withDeadline(deadline);
        CallOptions traced = timed.withStreamTracerFactory(trace.factory());
        return new ForwardingClientCall.SimpleForwardingClientCall<Q, R>(
            next.newCall(method, traced)) {
          @Override
          public void start(Listener<R> listener, Metadata sent) {
            sent.merge(caller.headers);
            super.start(listener, sent);
          }

          @Override
          public void sendMessage(Q message) {
            int limit = settings.limits().requestBytes();
            if (message instanceof MessageLite sent && sent.getSerializedSize() > limit) {
              throw Status.RESOURCE_EXHAUSTED
                  .withDescription(
                      "trying to send message larger than max (%d vs. %d)"
                          .formatted(sent.getSerializedSize(), limit))
                  .asRuntimeException();
            }
            super.sendMessage(message);
          }
        };
      }
    };
  }

  /// Learns whether a request was handed to a living connection.
  private static final class Trace {

    private volatile boolean left;

    ClientStreamTracer.Factory factory() {
      return new ClientStreamTracer.Factory() {
        @Override
        public ClientStreamTracer newClientStreamTracer(
            ClientStreamTracer.StreamInfo info, Metadata sent) {
          return new ClientStreamTracer() {
            @Override
            public void outboundHeaders() {
              left = true;
            }
          };
        }
      };
    }
  }

  private void signIn(Console console) throws Failure, Output.Closed {
    String user = settings.credentials().user();
    String password = settings.credentials().password();
    int colon = user.indexOf(':');
    if (colon >= 0 && password.isEmpty()) {
      password = user.substring(colon + 1);
      user = user.substring(0, colon);
    } else if (password.isEmpty()) {
      password = Prompt.password(console);
    }
    caller.request = AuthenticateRequest.newBuilder().setName(user).setPassword(password).build();
    try {
      authenticate();
    } catch (Failure e) {
      if (!e.text().equals("etcdserver: authentication is not enabled")) {
        throw Failure.of(ExitCode.BAD_CONNECTION, e.text());
      }
    }
  }

  private void authenticate() throws Failure, Output.Closed {
    AuthenticateRequest request = caller.request;
    if (request == null) {
      throw new IllegalStateException("nobody to sign in");
    }
    // Nobody signs in with the token that was refused, nor once more when this is refused.
    caller.request = null;
    caller.headers = new Metadata();
    try {
      String token =
          read(channel -> AuthGrpc.newBlockingStub(channel).authenticate(request)).getToken();
      var headers = new Metadata();
      headers.put(TOKEN, token);
      caller.headers = headers;
    } finally {
      caller.request = request;
    }
  }

  @Override
  public void close() {
    connections.forEach(Connection::close);
  }
}
