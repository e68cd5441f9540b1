package io.kvorum.node.server.grpcproxy;

import com.google.protobuf.InvalidProtocolBufferException;
import io.grpc.CallOptions;
import io.grpc.Channel;
import io.grpc.ClientCall;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.ServerCall;
import io.grpc.ServerCallHandler;
import io.grpc.Status;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/// Passes the calls of one method on to a member, whatever their type: requests one way, headers,
/// answers and the outcome the other. Each side is read as fast as the other takes, so a call holds
/// one message at a time. The client's deadline and its leaving reach the member by gRPC's context.
final class Forwarding implements ServerCallHandler<Frame, Frame> {

  private final Channel members;
  private final MethodDescriptor<Frame, Frame> method;
  private final Function<Metadata, Rewriting> rewriting;

  /// @param rewriting what happens to the messages of a call, by its headers
  Forwarding(
      Channel members,
      MethodDescriptor<Frame, Frame> method,
      Function<Metadata, Rewriting> rewriting) {
    this.members = members;
    this.method = method;
    this.rewriting = rewriting;
  }

  @Override
  public ServerCall.Listener<Frame> startCall(ServerCall<Frame, Frame> call, Metadata headers) {
    call.request(1);
    return new Call(call, headers, rewriting.apply(headers));
  }

  /// One call. The client's half is heard on its event loop, the member's on another one.
  private final class Call extends ServerCall.Listener<Frame> {
    private final ServerCall<Frame, Frame> client;
    private final Metadata headers;
    private final Rewriting rewriting;
    private @Nullable ClientCall<Frame, Frame> member;

    /// The client has been told the outcome, or has left.
    private final AtomicBoolean over = new AtomicBoolean();

    /// A request was passed on, and no further one is read until the member takes more.
    private final AtomicBoolean requestAwaited = new AtomicBoolean();

    /// The same of the member's answers.
    private final AtomicBoolean answerAwaited = new AtomicBoolean();

    Call(ServerCall<Frame, Frame> client, Metadata headers, Rewriting rewriting) {
      this.client = client;
      this.headers = headers;
      this.rewriting = rewriting;
    }

    /// A member is asked when there is something to ask.
    private ClientCall<Frame, Frame> member() {
      ClientCall<Frame, Frame> open = member;
      if (open == null) {
        open = members.newCall(method, CallOptions.DEFAULT);
        member = open;
        open.start(new Answers(open), headers);
        open.request(1);
      }
      return open;
    }

    @Override
    public void onMessage(Frame request) {
      if (over.get()) {
        return;
      }
      Frame rewritten;
      try {
        rewritten = rewriting.request(request);
      } catch (InvalidProtocolBufferException e) {
        end(
            Status.INTERNAL.withDescription(
                "grpc: error unmarshalling request: " + e.getMessage()));
        return;
      }
      Frame known = rewriting.answer();
      if (known != null) {
        client.sendHeaders(new Metadata());
        client.sendMessage(known);
        end(Status.OK);
        return;
      }
      ClientCall<Frame, Frame> open = member();
      requestAwaited.set(true);
      open.sendMessage(rewritten);
      if (open.isReady()) {
        readRequest();
      }
    }

    private void readRequest() {
      if (requestAwaited.compareAndSet(true, false)) {
        client.request(1);
      }
    }

    private void readAnswer(ClientCall<Frame, Frame> open) {
      if (answerAwaited.compareAndSet(true, false)) {
        open.request(1);
      }
    }

    private void end(Status status) {
      close(status, new Metadata());
      cancelMember();
    }

    private void close(Status status, Metadata trailers) {
      if (over.compareAndSet(false, true)) {
        client.close(status, trailers);
      }
    }

    private void cancelMember() {
      if (member != null) {
        member.cancel("the client has left", null);
      }
    }

    @Override
    public void onHalfClose() {
      if (!over.get()) {
        member().halfClose();
      }
    }

    @Override
    public void onCancel() {
      over.set(true);
      cancelMember();
    }

    @Override
    public void onReady() {
      if (member != null) {
        readAnswer(member);
      }
    }

    /// The member's half.
    private final class Answers extends ClientCall.Listener<Frame> {
      private final ClientCall<Frame, Frame> open;

      Answers(ClientCall<Frame, Frame> open) {
        this.open = open;
      }

      @Override
      public void onHeaders(Metadata answered) {
        if (!over.get()) {
          client.sendHeaders(answered);
        }
      }

      @Override
      public void onMessage(Frame answer) {
        if (over.get()) {
          return;
        }
        try {
          client.sendMessage(rewriting.response(answer));
        } catch (InvalidProtocolBufferException e) {
          close(
              Status.INTERNAL.withDescription(
                  "the member's answer cannot be read: " + e.getMessage()),
              new Metadata());
          open.cancel("its answer cannot be read", e);
          return;
        }
        answerAwaited.set(true);
        if (client.isReady()) {
          readAnswer(open);
        }
      }

      @Override
      public void onClose(Status status, Metadata trailers) {
        close(status, trailers);
      }

      @Override
      public void onReady() {
        readRequest();
      }
    }
  }
}
