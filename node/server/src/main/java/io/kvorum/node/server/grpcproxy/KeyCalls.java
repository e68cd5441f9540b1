package io.kvorum.node.server.grpcproxy;

import com.google.protobuf.ByteString;
import com.google.protobuf.CodedInputStream;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.Message;
import com.google.protobuf.Parser;
import com.google.protobuf.WireFormat;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.kvorum.node.proto.election.ElectionGrpc;
import io.kvorum.node.proto.etcd.CompactionRequest;
import io.kvorum.node.proto.etcd.CompactionResponse;
import io.kvorum.node.proto.etcd.DeleteRangeRequest;
import io.kvorum.node.proto.etcd.DeleteRangeResponse;
import io.kvorum.node.proto.etcd.KVGrpc;
import io.kvorum.node.proto.etcd.LeaseGrpc;
import io.kvorum.node.proto.etcd.LeaseRevokeRequest;
import io.kvorum.node.proto.etcd.LeaseRevokeResponse;
import io.kvorum.node.proto.etcd.LeaseTimeToLiveRequest;
import io.kvorum.node.proto.etcd.LeaseTimeToLiveResponse;
import io.kvorum.node.proto.etcd.PutRequest;
import io.kvorum.node.proto.etcd.PutResponse;
import io.kvorum.node.proto.etcd.RangeRequest;
import io.kvorum.node.proto.etcd.RangeResponse;
import io.kvorum.node.proto.etcd.RangeStreamResponse;
import io.kvorum.node.proto.etcd.RequestOp;
import io.kvorum.node.proto.etcd.ResponseHeader;
import io.kvorum.node.proto.etcd.TxnRequest;
import io.kvorum.node.proto.etcd.TxnResponse;
import io.kvorum.node.proto.lock.LockGrpc;
import io.kvorum.node.server.metrics.ProxyMetrics;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Set;
import java.util.function.BiConsumer;
import java.util.function.Function;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/// What happens to calls about keys on their way: the namespace comes and goes, reads are kept, and
/// writes end what was kept.
///
/// Nothing is kept of, or given to, callers who say who they are: what one may read is no other's
/// affair.
final class KeyCalls {

  /// Locks and elections that write keys.
  private static final Set<String> WRITING_BY_NAME =
      Set.of(
          LockGrpc.getLockMethod().getFullMethodName(),
          LockGrpc.getUnlockMethod().getFullMethodName(),
          ElectionGrpc.getCampaignMethod().getFullMethodName(),
          ElectionGrpc.getProclaimMethod().getFullMethodName(),
          ElectionGrpc.getResignMethod().getFullMethodName());

  private final Namespace namespace;
  private final RangeCache cache;
  private final ProxyMetrics metrics;
  private final NamedCalls named;

  KeyCalls(Namespace namespace, RangeCache cache, ProxyMetrics metrics) {
    this.namespace = namespace;
    this.cache = cache;
    this.metrics = metrics;
    this.named = new NamedCalls(namespace);
  }

  /// What happens to a method's messages, by the headers of a call.
  Function<Metadata, Rewriting> of(MethodDescriptor<?, ?> method) {
    String name = method.getFullMethodName();
    if (name.equals(KVGrpc.getRangeMethod().getFullMethodName())) {
      return headers -> new Reading(Identity.of(headers));
    }
    if (name.equals(KVGrpc.getRangeStreamMethod().getFullMethodName())) {
      return namespace.isEmpty()
          ? _ -> Rewriting.NONE
          : always(
              new Codec<>(RangeRequest.parser(), namespace::in),
              new Codec<>(RangeStreamResponse.parser(), this::stripped),
              (_, _) -> {});
    }
    if (name.equals(KVGrpc.getPutMethod().getFullMethodName())) {
      return always(
          new Codec<>(PutRequest.parser(), namespace::in),
          new Codec<>(PutResponse.parser(), namespace::stripped),
          (put, answer) -> cache.written(put.getKey(), answer.getHeader().getRevision()));
    }
    if (name.equals(KVGrpc.getDeleteRangeMethod().getFullMethodName())) {
      return always(
          new Codec<>(DeleteRangeRequest.parser(), namespace::in),
          new Codec<>(DeleteRangeResponse.parser(), namespace::stripped),
          (delete, answer) -> written(delete.getKey(), delete.getRangeEnd(), answer.getHeader()));
    }
    if (name.equals(KVGrpc.getTxnMethod().getFullMethodName())) {
      return always(
          new Codec<>(TxnRequest.parser(), namespace::in),
          new Codec<>(TxnResponse.parser(), namespace::stripped),
          this::written);
    }
    if (name.equals(KVGrpc.getCompactMethod().getFullMethodName())) {
      return always(
          new Codec<>(CompactionRequest.parser(), UnaryOperator.identity()),
          new Codec<>(CompactionResponse.parser(), UnaryOperator.identity()),
          (_, answer) -> cache.written(answer.getHeader().getRevision()));
    }
    if (name.equals(LeaseGrpc.getLeaseRevokeMethod().getFullMethodName())) {
      return always(
          new Codec<>(LeaseRevokeRequest.parser(), UnaryOperator.identity()),
          new Codec<>(LeaseRevokeResponse.parser(), UnaryOperator.identity()),
          (_, answer) -> cache.written(answer.getHeader().getRevision()));
    }
    if (name.equals(LeaseGrpc.getLeaseTimeToLiveMethod().getFullMethodName())) {
      return namespace.isEmpty()
          ? _ -> Rewriting.NONE
          : always(
              new Codec<>(LeaseTimeToLiveRequest.parser(), UnaryOperator.identity()),
              new Codec<>(LeaseTimeToLiveResponse.parser(), namespace::stripped),
              (_, _) -> {});
    }
    if (name.startsWith("etcdserverpb.Auth/")) {
      // Who may read what is another thing from now on.
      return _ -> new Forgetting(Rewriting.NONE);
    }
    Rewriting always = named.of(method);
    return WRITING_BY_NAME.contains(name) ? _ -> new Forgetting(always) : _ -> always;
  }

  private RangeStreamResponse stripped(RangeStreamResponse answer) {
    return answer.toBuilder()
        .setRangeResponse(namespace.stripped(answer.getRangeResponse()))
        .build();
  }

  private void written(TxnRequest request, TxnResponse answer) {
    for (RequestOp operation :
        answer.getSucceeded() ? request.getSuccessList() : request.getFailureList()) {
      switch (operation.getRequestCase()) {
        case REQUEST_PUT ->
            cache.written(operation.getRequestPut().getKey(), answer.getHeader().getRevision());
        case REQUEST_DELETE_RANGE ->
            written(
                operation.getRequestDeleteRange().getKey(),
                operation.getRequestDeleteRange().getRangeEnd(),
                answer.getHeader());
        // Which of its branches was taken stands deeper in the answer than is worth looking.
        case REQUEST_TXN -> cache.written(answer.getHeader().getRevision());
        case REQUEST_RANGE, REQUEST_NOT_SET -> {}
      }
    }
  }

  private void written(ByteString key, ByteString end, ResponseHeader header) {
    if (end.isEmpty()) {
      cache.written(key, header.getRevision());
    } else {
      cache.written(header.getRevision());
    }
  }

  /// How messages of a kind are read, and changed within the namespace.
  private record Codec<M extends Message>(Parser<M> parser, UnaryOperator<M> change) {
    M read(Frame frame) throws InvalidProtocolBufferException {
      return parser.parseFrom(frame.bytes());
    }
  }

  /// @param answered what a pair of request and answer does to what is kept
  private <Q extends Message, S extends Message> Function<Metadata, Rewriting> always(
      Codec<Q> requests, Codec<S> answers, BiConsumer<Q, S> answered) {
    return _ -> new Writing<>(requests, answers, answered);
  }

  /// A call whose messages are looked into.
  private final class Writing<Q extends Message, S extends Message> implements Rewriting {
    private final Codec<Q> requests;
    private final Codec<S> answers;
    private final BiConsumer<Q, S> answered;
    private @Nullable Q request;

    Writing(Codec<Q> requests, Codec<S> answers, BiConsumer<Q, S> answered) {
      this.requests = requests;
      this.answers = answers;
      this.answered = answered;
    }

    @Override
    public Frame request(Frame frame) throws InvalidProtocolBufferException {
      Q read = requests.read(frame);
      request = read;
      return namespace.isEmpty() ? frame : Frame.of(requests.change().apply(read).toByteArray());
    }

    @Override
    public Frame response(Frame frame) throws InvalidProtocolBufferException {
      S read = answers.read(frame);
      if (request != null) {
        answered.accept(request, read);
      }
      return namespace.isEmpty() ? frame : Frame.of(answers.change().apply(read).toByteArray());
    }
  }

  /// A range.
  private final class Reading implements Rewriting {
    private final boolean mayBeKept;
    private final RangeCache.Asked asked = cache.asked();
    private @Nullable ByteString key;
    private @Nullable Frame known;

    /// Who insists on a leader asks a member whether there is one.
    Reading(Identity identity) {
      this.mayBeKept = !identity.isNamed() && identity.leader() == null;
    }

    @Override
    public Frame request(Frame frame) throws InvalidProtocolBufferException {
      RangeRequest request = RangeRequest.parseFrom(frame.bytes());
      key = mayBeKept ? RangeCache.key(request) : null;
      if (key != null && request.getSerializable()) {
        known = cache.find(key);
        (known == null ? metrics.cacheMisses : metrics.cacheHits).increment();
      }
      return namespace.isEmpty() ? frame : Frame.of(namespace.in(request).toByteArray());
    }

    @Override
    public @Nullable Frame answer() {
      return known;
    }

    @Override
    public Frame response(Frame frame) throws InvalidProtocolBufferException {
      Frame seen =
          namespace.isEmpty()
              ? frame
              : Frame.of(namespace.stripped(RangeResponse.parseFrom(frame.bytes())).toByteArray());
      if (key != null && RangeCache.mayBeKept(seen)) {
        cache.keep(key, seen, header(seen).getRevision(), asked);
      }
      return seen;
    }

    /// The header alone: there may be many keys behind it.
    private static ResponseHeader header(Frame frame) throws InvalidProtocolBufferException {
      try {
        CodedInputStream in = CodedInputStream.newInstance(frame.bytes());
        return WireFormat.getTagFieldNumber(in.readTag()) == RangeResponse.HEADER_FIELD_NUMBER
            ? ResponseHeader.parseFrom(in.readByteArray())
            : RangeResponse.parseFrom(frame.bytes()).getHeader();
      } catch (InvalidProtocolBufferException e) {
        throw e;
      } catch (IOException e) {
        throw new UncheckedIOException("reading from memory failed", e);
      }
    }
  }

  /// A call behind which nothing that was kept may be given to anybody.
  private final class Forgetting implements Rewriting {
    private final Rewriting rewriting;

    Forgetting(Rewriting rewriting) {
      this.rewriting = rewriting;
    }

    @Override
    public Frame request(Frame frame) throws InvalidProtocolBufferException {
      return rewriting.request(frame);
    }

    @Override
    public Frame response(Frame frame) throws InvalidProtocolBufferException {
      cache.forget();
      return rewriting.response(frame);
    }
  }
}
