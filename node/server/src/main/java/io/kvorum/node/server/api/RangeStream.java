package io.kvorum.node.server.api;

import io.grpc.stub.ServerCallStreamObserver;
import io.kvorum.node.core.Invariant;
import io.kvorum.node.core.kv.Bytes;
import io.kvorum.node.core.kv.Outcome;
import io.kvorum.node.core.kv.RangeQuery;
import io.kvorum.node.core.kv.RangeResult;
import io.kvorum.node.core.kv.View;
import io.kvorum.node.core.replica.Answer;
import io.kvorum.node.core.replica.Request;
import io.kvorum.node.proto.etcd.RangeRequest;
import io.kvorum.node.proto.etcd.RangeResponse;
import io.kvorum.node.proto.etcd.RangeStreamResponse;
import java.util.concurrent.atomic.AtomicBoolean;

/// A range that is answered piece by piece, all at the revision of the first one.
///
/// The first piece is short, so that a client sees something soon; later ones grow towards a size
/// that is worth a message. A piece is read when the connection has room for it, and nothing of the
/// store is held meanwhile: a client that stops reading costs no more than the place where it is.
/// If the revision is compacted before it goes on, the stream ends with that error.
final class RangeStream extends Unary<RangeStreamResponse> {
  private static final int FIRST_KEYS = 10;

  /// What a message should come to: far above its overhead, below every client's limit.
  private static final int MESSAGE_BYTES = 1 << 20;

  /// What a piece may take while it is read, its overhead counted.
  private static final long MAX_PIECE_BYTES = 8 << 20;

  private final ServerCallStreamObserver<RangeStreamResponse> call;
  private final Caller caller = Caller.Credentials.current().caller();
  private final long limit;

  /// Whether nobody reads: the next turn begins when the connection has room.
  private final AtomicBoolean idle = new AtomicBoolean();

  /// What is still to be read. Belongs, like the fields below, to the turn that is under way.
  private RangeQuery rest;

  private int keys = FIRST_KEYS;
  private long sent;

  /// The count and the store's revision at the first piece.
  private long total = -1;

  private long told;

  private RangeStream(
      Backend backend, RangeQuery query, ServerCallStreamObserver<RangeStreamResponse> call) {
    super(backend, call);
    this.call = call;
    this.rest = query;
    this.limit = query.limit() > 0 ? query.limit() : Long.MAX_VALUE;
  }

  /// The reason not to answer a request piece by piece; empty if there is none.
  static String refusal(RangeRequest request) {
    boolean byKey = request.getSortTarget() == RangeRequest.SortTarget.KEY;
    if (!byKey || request.getSortOrder() == RangeRequest.SortOrder.DESCEND) {
      return "RangeStream does not support custom sort orders";
    }
    boolean filtered =
        request.getMinModRevision() != 0
            || request.getMaxModRevision() != 0
            || request.getMinCreateRevision() != 0
            || request.getMaxCreateRevision() != 0;
    return filtered ? "RangeStream does not support revision filters" : "";
  }

  static void start(
      Backend backend,
      RangeQuery query,
      boolean serializable,
      ServerCallStreamObserver<RangeStreamResponse> call) {
    var stream = new RangeStream(backend, query, call);
    call.setOnReadyHandler(stream::ready);
    call.setOnCancelHandler(() -> {});
    if (serializable || backend.readsAlone()) {
      stream.takeTurn();
    } else {
      backend.submit(new Request.Read(stream));
    }
  }

  @Override
  protected void succeeded(Answer answer) {
    takeTurn();
  }

  private void ready() {
    if (idle.compareAndSet(true, false)) {
      takeTurn();
    }
  }

  private void takeTurn() {
    if (!backend.offerSlowRead(this::read)) {
      fail(ApiError.TOO_MANY_REQUESTS);
    }
  }

  /// Sends pieces while there is room for them.
  private void read() {
    boolean more = true;
    while (more && !call.isCancelled()) {
      if (!call.isReady()) {
        idle.set(true);
        // Room may have come between the two lines above, and then nobody will tell again.
        if (!call.isReady() || !idle.compareAndSet(true, false)) {
          return;
        }
      }
      more = sendPiece();
    }
  }

  /// Sends the next piece; false if it was the last one.
  private boolean sendPiece() {
    try (View view = backend.retainView()) {
      ApiError refusal =
          total < 0 ? caller.refusal(view.accounts(), access -> access.query(rest)) : null;
      if (refusal != null) {
        fail(refusal);
        return false;
      }
      long revision = rest.revision() > 0 ? rest.revision() : view.revision();
      return switch (piece(view, rest.withRevision(revision))) {
        case Outcome.Ranged ranged -> send(ranged.result(), revision, view.revision());
        case Outcome.Failure failure -> {
          fail(ApiErrors.of(failure));
          yield false;
        }
        default -> throw Invariant.unreachable("a range is answered by a range");
      };
    }
  }

  /// Reads fewer keys than meant when they are larger than those before; a single key always.
  private Outcome piece(View view, RangeQuery query) {
    while (true) {
      RangeQuery page = query.withLimit(Math.min(keys, limit - sent));
      if (keys == 1) {
        return view.range(page, backend.pageCounts());
      }
      long[] left = {MAX_PIECE_BYTES};
      Outcome outcome = view.range(page, backend.pageCounts(), bytes -> (left[0] -= bytes) >= 0);
      if (!(outcome instanceof Outcome.AnswerTooLarge)) {
        return outcome;
      }
      keys = Math.max(1, keys / 4);
    }
  }

  private boolean send(RangeResult result, long revision, long current) {
    if (total < 0) {
      total = result.count();
      told = current;
    }
    sent += result.kvs().size();
    boolean last = !result.more() || sent >= limit;
    var piece = RangeResponse.newBuilder();
    result.kvs().forEach(kv -> piece.addKvs(ResponseWriter.keyValue(kv)));
    if (last) {
      piece.setHeader(header(told)).setCount(total).setMore(total > sent && !rest.countOnly());
    }
    RangeStreamResponse message = RangeStreamResponse.newBuilder().setRangeResponse(piece).build();
    if (last) {
      respond(message);
      return false;
    }
    call.onNext(message);
    keys = nextKeys(message.getSerializedSize());
    rest = from(result.kvs().getLast().key().next(), revision);
    return true;
  }

  private int nextKeys(int bytes) {
    return bytes < MESSAGE_BYTES / 2
        ? (int) Math.min(2L * keys, MESSAGE_BYTES)
        : Math.max(1, (int) ((long) keys * MESSAGE_BYTES / bytes));
  }

  private RangeQuery from(Bytes key, long revision) {
    return new RangeQuery(
        key,
        rest.rangeEnd(),
        rest.limit(),
        revision,
        rest.order(),
        rest.target(),
        rest.keysOnly(),
        rest.countOnly(),
        rest.filter());
  }
}
