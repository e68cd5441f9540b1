package io.kvorum.node.server.gateway;

import com.google.protobuf.ByteString;
import com.google.protobuf.Message;
import io.grpc.Context;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.ServerCall;
import io.grpc.ServerMethodDefinition;
import io.grpc.ServerStreamTracer;
import io.grpc.Status;
import io.kvorum.node.core.Invariant;
import io.kvorum.node.server.http.HttpAnswer;
import io.kvorum.node.server.http.HttpReply;
import io.kvorum.node.server.http.HttpTalk;
import io.kvorum.node.server.http.UploadRoom;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/// One call of a method that came as an HTTP request.
///
/// ```
/// body -> frames -> message -> listener (handler)      only as the handler asks for messages
/// reply <- line or answer   <- sendMessage, close      from any thread, in order
/// ```
///
/// The call begins with its first message, so a body that is none never reaches the handler. All
/// fields belong to the connection's event loop, except the two that handlers ask from elsewhere.
final class GatewayCall<Q, S> extends ServerCall<Q, S> implements HttpTalk {

  /// How long the body of a unary call may take, and the first message of a stream.
  private static final long BODY_MILLIS = 60_000;

  private static final Status TOO_LATE =
      Status.DEADLINE_EXCEEDED.withDescription("context deadline exceeded");

  /// Bytes under way to the client at which the call takes no more, as in grpc-java.
  private static final int READY_BYTES = 32 * 1024;

  /// A value up to this length needs no room of the shared one.
  private static final int FREE_BYTES = 64 * 1024;

  private final ServerMethodDefinition<Q, S> method;
  private final Request request;
  private final Limits limits;
  private final ServerStreamTracer tracer;
  private final HttpReply reply;
  private final Message prototype;
  private final JsonFrames frames;

  /// Ends the call when its client waits no longer.
  private final @Nullable ScheduledFuture<?> deadline;

  private final Context.CancellableContext context = Context.ROOT.withCancellation();

  private volatile boolean cancelled;
  private final AtomicLong pendingBytes = new AtomicLong();
  private volatile int readyBytes = READY_BYTES;

  private ServerCall.@Nullable Listener<Q> listener;
  private @Nullable Q next;
  private int requested;
  private int received;
  private int sent;
  private boolean bodyEnded;
  private boolean halfClosed;
  private boolean delivering;
  private boolean begun;
  private boolean closed;
  private @Nullable ByteString response;

  private Room room = Room.NONE;

  /// How the room's line knows this call.
  private final Runnable granted;

  /// The call's share of the room for long bodies.
  private enum Room {
    NONE,
    WAITING,
    TAKEN
  }

  /// What a request says beside its body.
  record Request(Metadata metadata, String authority, Patience patience) {}

  /// @param maxMessageBytes of a message as protobuf
  /// @param maxBodyBytes of a message as JSON
  record Limits(int maxMessageBytes, int maxBodyBytes, UploadRoom room) {}

  GatewayCall(
      ServerMethodDefinition<Q, S> method,
      Request request,
      Limits limits,
      ServerStreamTracer tracer,
      HttpReply reply) {
    this.method = method;
    this.request = request;
    this.limits = limits;
    this.tracer = tracer;
    this.reply = reply;
    this.frames = new JsonFrames(limits.maxBodyBytes());
    this.granted = () -> onLoop(this::roomGranted);
    this.prototype = prototype(method.getMethodDescriptor());
    this.deadline = deadline(request.patience());
    reply.bodyWithin(BODY_MILLIS);
    reply.readMore();
  }

  private @Nullable ScheduledFuture<?> deadline(Patience patience) {
    return switch (patience) {
      case Patience.Endless _ -> null;
      case Patience.Limited(long nanos) ->
          reply.loop().schedule(() -> expire(TOO_LATE), Math.max(nanos, 0), TimeUnit.NANOSECONDS);
      case Patience.Unreadable unreadable ->
          reply.loop().schedule(() -> expire(unreadable.status()), 0, TimeUnit.NANOSECONDS);
    };
  }

  private static Message prototype(MethodDescriptor<?, ?> method) {
    if (method.getRequestMarshaller() instanceof MethodDescriptor.PrototypeMarshaller<?> marshaller
        && marshaller.getMessagePrototype() instanceof Message message) {
      return message;
    }
    throw Invariant.unreachable("every method of the API takes a protobuf message");
  }

  // ---- From the client

  @Override
  public void piece(byte[] bytes) {
    frames.add(bytes);
    deliver();
  }

  @Override
  public void bodyEnded() {
    bodyEnded = true;
    deliver();
  }

  /// Hands on what has come, as far as the handler asks for it.
  private void deliver() {
    if (delivering) {
      return;
    }
    if (deadline != null && deadline.getDelay(TimeUnit.NANOSECONDS) <= 0) {
      // Its turn on the loop comes behind this, which must not begin what nobody waits for.
      return;
    }
    delivering = true;
    try {
      while (!closed && !halfClosed && (next != null || parsed())) {
        ServerCall.Listener<Q> handler = started();
        Q message = next;
        if (closed || requested == 0 || message == null) {
          return;
        }
        next = null;
        requested--;
        tracer.inboundMessage(received++);
        inContext(() -> handler.onMessage(message));
        if (isUnaryRequest()) {
          halfClose(handler);
        } else {
          giveRoom();
        }
      }
    } catch (MalformedException malformed) {
      fail(Status.INVALID_ARGUMENT.withDescription(malformed.getMessage()));
    } catch (JsonFrames.TooLongException tooLong) {
      fail(tooLarge(limits.maxBodyBytes()));
    } finally {
      delivering = false;
    }
  }

  private boolean isUnaryRequest() {
    return method.getMethodDescriptor().getType().clientSendsOneMessage();
  }

  /// Whether there is a next message; asks for more of the body if it is not whole yet.
  private boolean parsed() throws MalformedException, JsonFrames.TooLongException {
    byte[] frame = frames.poll();
    if (frame == null) {
      if (!bodyEnded) {
        readMore();
        return false;
      }
      frame = frames.rest();
    }
    if (frame.length == 0) {
      if (!isUnaryRequest()) {
        halfClose(started());
        return false;
      }
      frame = new byte[] {'{', '}'};
    }
    Message message = MessageReader.read(frame, prototype);
    if (message.getSerializedSize() > limits.maxMessageBytes()) {
      fail(tooLarge(message.getSerializedSize()));
      return false;
    }
    if (!isUnaryRequest()) {
      reply.bodyWithin(0);
    }
    @SuppressWarnings("unchecked") // the prototype is the method's own
    Q own = (Q) message;
    next = own;
    return true;
  }

  private Status tooLarge(int bytes) {
    return Status.RESOURCE_EXHAUSTED.withDescription(
        "grpc: received message larger than max (%d vs. %d)"
            .formatted(bytes, limits.maxMessageBytes()));
  }

  private void readMore() {
    if (frames.length() < FREE_BYTES || room == Room.TAKEN) {
      reply.readMore();
    } else if (room == Room.NONE) {
      room = Room.WAITING;
      // Who waits for others is not late.
      reply.bodyWithin(0);
      limits.room().take(limits.maxBodyBytes(), granted);
    }
  }

  private void roomGranted() {
    if (room == Room.WAITING) {
      room = Room.TAKEN;
      reply.bodyWithin(BODY_MILLIS);
      reply.readMore();
    }
  }

  private void giveRoom() {
    boolean left = room == Room.WAITING && limits.room().leave(granted);
    if (room != Room.NONE && !left) {
      limits.room().give(limits.maxBodyBytes());
    }
    room = Room.NONE;
  }

  /// The handler's side of the call, which begins now if it has not.
  private ServerCall.Listener<Q> started() {
    ServerCall.Listener<Q> handler = listener;
    if (handler != null) {
      return handler;
    }
    Context before = context.attach();
    try {
      handler = method.getServerCallHandler().startCall(this, request.metadata());
    } finally {
      context.detach(before);
    }
    listener = handler;
    if (closed) {
      completed(handler);
    } else {
      inContext(handler::onReady);
    }
    return handler;
  }

  private void halfClose(ServerCall.Listener<Q> handler) {
    if (!closed) {
      halfClosed = true;
      inContext(handler::onHalfClose);
    }
  }

  @Override
  public void gone() {
    end(Status.CANCELLED);
  }

  @Override
  public void drain() {
    if (!halfClosed || !method.getMethodDescriptor().getType().serverSendsOneMessage()) {
      fail(Status.UNAVAILABLE.withDescription("etcdserver: server stopped"));
    }
  }

  /// Ends the call on this side's initiative: the client gets the error, the handler is told to
  /// stop.
  private void fail(Status status) {
    if (!closed) {
      answerFailure(status);
      end(status);
    }
  }

  private void end(Status status) {
    if (closed) {
      return;
    }
    closed = true;
    cancelled = true;
    cancelDeadline();
    tracer.streamClosed(status);
    giveRoom();
    context.cancel(status.asRuntimeException());
    ServerCall.Listener<Q> handler = listener;
    if (handler != null) {
      inContext(handler::onCancel);
    }
  }

  /// A call that has not begun fails as a whole, a stream too.
  private void expire(Status status) {
    if (closed || listener != null) {
      fail(status);
    } else {
      reply.answer(Failures.answer(status));
      end(status);
    }
  }

  private void cancelDeadline() {
    if (deadline != null) {
      deadline.cancel(false);
    }
  }

  private void inContext(Runnable step) {
    Context before = context.attach();
    try {
      step.run();
    } catch (RuntimeException | Error failure) {
      fail(Status.UNKNOWN.withDescription("Application error processing RPC"));
      throw failure;
    } finally {
      context.detach(before);
    }
  }

  // ---- From the handler

  @Override
  public void request(int messages) {
    onLoop(() -> {
      requested += messages;
      if (listener != null) {
        deliver();
      }
    });
  }

  @Override
  public void sendHeaders(Metadata headers) {
    // An answer begins with its first message, so that a failure before it has its own status.
  }

  @Override
  public void sendMessage(S message) {
    ByteString text =
        method.getMethodDescriptor().getType().serverSendsOneMessage()
            ? MessageWriter.write((Message) message)
            : MessageWriter.writeResult((Message) message);
    pendingBytes.addAndGet(text.size());
    onLoop(() -> send(text));
  }

  private void send(ByteString text) {
    if (closed) {
      return;
    }
    tracer.outboundMessage(sent++);
    if (method.getMethodDescriptor().getType().serverSendsOneMessage()) {
      response = text;
    } else {
      begin();
      reply.write(text, () -> written(text.size()));
    }
  }

  private void begin() {
    if (!begun) {
      begun = true;
      reply.begin(HttpAnswer.of(200, HttpAnswer.JSON, ByteString.EMPTY));
    }
  }

  private void written(int bytes) {
    long left = pendingBytes.addAndGet(-bytes);
    ServerCall.Listener<Q> handler = listener;
    if (!closed && handler != null && left < readyBytes && left + bytes >= readyBytes) {
      inContext(handler::onReady);
    }
  }

  @Override
  public void close(Status status, Metadata trailers) {
    onLoop(() -> close(status));
  }

  private void close(Status status) {
    if (closed) {
      return;
    }
    closed = true;
    cancelDeadline();
    tracer.streamClosed(status);
    giveRoom();
    if (!status.isOk()) {
      answerFailure(status);
    } else if (response != null) {
      reply.answer(HttpAnswer.of(200, HttpAnswer.JSON, response));
    } else {
      begin();
      reply.end();
    }
    ServerCall.Listener<Q> handler = listener;
    if (handler != null) {
      completed(handler);
    }
  }

  private void completed(ServerCall.Listener<Q> handler) {
    inContext(handler::onComplete);
    context.cancel(null);
  }

  private void answerFailure(Status status) {
    if (begun) {
      reply.write(Failures.line(status), () -> {});
      reply.end();
    } else if (method.getMethodDescriptor().getType().serverSendsOneMessage()) {
      reply.answer(Failures.answer(status));
    } else {
      reply.answer(
          HttpAnswer.of(
              Failures.httpStatus(status.getCode()), HttpAnswer.JSON, Failures.line(status)));
    }
  }

  @Override
  public boolean isReady() {
    return !cancelled && pendingBytes.get() < readyBytes;
  }

  @Override
  public void setOnReadyThreshold(int bytes) {
    readyBytes = bytes;
  }

  @Override
  public boolean isCancelled() {
    return cancelled;
  }

  @Override
  public String getAuthority() {
    return request.authority();
  }

  @Override
  public MethodDescriptor<Q, S> getMethodDescriptor() {
    return method.getMethodDescriptor();
  }

  private void onLoop(Runnable task) {
    if (reply.loop().inEventLoop()) {
      task.run();
    } else {
      reply.loop().execute(task);
    }
  }
}
