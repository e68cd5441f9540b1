package io.kvorum.node.server.v2;

import com.google.protobuf.ByteString;
import io.kvorum.node.core.kv.Outcome;
import io.kvorum.node.core.kv.V2Event;
import io.kvorum.node.core.kv.View;
import io.kvorum.node.core.replica.Answer;
import io.kvorum.node.core.replica.Request;
import io.kvorum.node.server.MemberStatus;
import io.kvorum.node.server.api.ApiError;
import io.kvorum.node.server.api.ApiErrors;
import io.kvorum.node.server.api.Backend;
import io.kvorum.node.server.http.HttpAnswer;
import io.kvorum.node.server.http.HttpCall;
import io.kvorum.node.server.http.HttpReply;
import io.kvorum.node.server.stage.PendingCall;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.function.LongSupplier;

/// One request below `/v2/keys`; everything but slow reads happens on its connection's event loop.
final class KeysTalk extends Body implements Watches.Client {

  /// A stream whose client takes nothing ends when so many changes wait for it.
  private static final int MAX_WAITING = 100;

  private static final String FORM = "application/x-www-form-urlencoded";

  private final Parts parts;
  private final HttpCall call;
  private final String path;
  private final Queue<V2Event> waiting = new ArrayDeque<>();
  private KeysRequest.Watch watch = new KeysRequest.Watch("/", false, false, 0);
  private boolean watching;
  private boolean begun;
  private boolean writing;
  private boolean ending;
  private boolean closed;

  /// What requests for keys need.
  ///
  /// @param nanosNow since 1970
  record Parts(
      Backend backend, Watches watches, Counts counts, LongSupplier nanosNow, Limits limits) {}

  /// @param path clean, and from the root
  KeysTalk(Parts parts, HttpCall call, String path, HttpReply reply) {
    super(reply, parts.limits());
    this.parts = parts;
    this.call = call;
    this.path = path;
  }

  @Override
  protected void tooLong() {
    refuse(V2Error.invalidForm("http: request body too large"));
  }

  @Override
  protected void whole(byte[] body) {
    if (parts.backend().accounts().enabled()) {
      refuse(V2Error.UNAUTHORIZED);
      return;
    }
    try {
      boolean hasForm =
          (call.method().equals("PUT") || call.method().equals("POST"))
              && call.header("content-type").startsWith(FORM);
      var form = new Form(hasForm ? body : new byte[0], call.query());
      perform(KeysRequest.of(call.method(), path, form, parts.nanosNow().getAsLong()));
    } catch (Form.MalformedFormException e) {
      refuse(V2Error.invalidForm(String.valueOf(e.getMessage())));
    } catch (KeysRequest.BadRequestException e) {
      refuse(e.error());
    }
  }

  private void perform(KeysRequest request) {
    switch (request) {
      case KeysRequest.Change change -> change(change);
      case KeysRequest.Get get when get.quorum() ->
          parts.backend().submit(new Request.Read(new Quorum(get)));
      case KeysRequest.Get get -> get(get);
      case KeysRequest.Watch wanted -> {
        watch = wanted;
        look(wanted.from());
      }
    }
  }

  // ---- Changes

  private void change(KeysRequest.Change change) {
    parts
        .backend()
        .propose(
            change.command(),
            new PendingCall() {
              @Override
              protected void answered(Answer answer) {
                changed(change, answer);
              }
            });
  }

  private void changed(KeysRequest.Change change, Answer answer) {
    switch (answer) {
      case Answer.Applied(Outcome.V2Done done) -> {
        V2Event event = done.event();
        boolean created =
            event.action() == V2Event.Action.CREATE
                || (event.action() == V2Event.Action.SET && event.previous() == null);
        boolean brief =
            change.brief()
                && switch (event.action()) {
                  case SET, CREATE, UPDATE, COMPARE_AND_SWAP -> true;
                  case GET, DELETE, COMPARE_AND_DELETE, EXPIRE -> false;
                };
        answer(
            created ? 201 : 200,
            brief ? EventText.action(event) : EventText.event(event),
            done.index());
      }
      case Answer.Applied(Outcome.V2Refused refused) -> refuse(V2Error.of(refused));
      case Answer.Applied(Outcome.Failure failure) -> internal(ApiErrors.of(failure));
      case Answer.Refused refused -> internal(ApiErrors.of(refused));
      case Answer.Applied _,
          Answer.ReadReady _,
          Answer.MembersChanged _,
          Answer.LeadershipMoved _ ->
          refuse(V2Error.internal("received response with no Event/Watcher!"));
    }
  }

  // ---- Reads

  private final class Quorum extends PendingCall {
    private final KeysRequest.Get get;

    Quorum(KeysRequest.Get get) {
      this.get = get;
    }

    @Override
    protected void answered(Answer answer) {
      if (answer instanceof Answer.Refused refused) {
        internal(ApiErrors.of(refused));
      } else {
        get(get);
      }
    }
  }

  private void get(KeysRequest.Get get) {
    boolean offered =
        parts
            .backend()
            .offerSlowRead(() -> {
              Outcome outcome;
              try (View view = parts.backend().retainView()) {
                outcome = view.v2().get(get.path(), get.recursive(), parts.nanosNow().getAsLong());
              }
              String text =
                  outcome instanceof Outcome.V2Done done ? EventText.event(done.event()) : "";
              reply.loop().execute(() -> read(outcome, text));
            });
    if (!offered) {
      internal(ApiError.TOO_MANY_REQUESTS);
    }
  }

  private void read(Outcome outcome, String text) {
    switch (outcome) {
      case Outcome.V2Done done -> {
        parts.counts().done(V2Event.Action.GET);
        answer(200, text, done.index());
      }
      case Outcome.V2Refused refused -> {
        parts.counts().refused(V2Event.Action.GET);
        refuse(V2Error.of(refused));
      }
      case Outcome other -> refuse(V2Error.internal(String.valueOf(other)));
    }
  }

  // ---- Watches

  /// Begins to wait from an index on; of a stream, again behind each change of the past.
  private void look(long from) {
    var wanted = new Watches.Watch(watch.path(), watch.recursive(), watch.stream(), from, this);
    watching = true;
    switch (parts.watches().begin(wanted)) {
      case Watches.Begun.Cleared(V2Error error) -> {
        watching = false;
        if (ending || writing || !waiting.isEmpty()) {
          finish();
        } else {
          refuse(error);
        }
      }
      case Watches.Begun.Waiting(long index) -> beginReply(index);
      case Watches.Begun.Found(long index, V2Event event) -> {
        watching = false;
        beginReply(index);
        deliver(event);
        if (watch.stream() && !closed) {
          look(event.index() + 1);
        }
      }
    }
  }

  private void beginReply(long index) {
    if (!begun && !closed) {
      begun = true;
      reply.begin(HttpAnswer.of(200, HttpAnswer.JSON, ByteString.EMPTY).with(headers(index)));
    }
  }

  @Override
  public void seen(V2Event event) {
    reply
        .loop()
        .execute(() -> {
          watching = watch.stream();
          deliver(event);
        });
  }

  @Override
  public void lost() {
    reply
        .loop()
        .execute(() -> {
          watching = false;
          finish();
        });
  }

  private void deliver(V2Event event) {
    if (closed || ending) {
      return;
    }
    waiting.add(event);
    if (waiting.size() > MAX_WAITING || !watch.stream()) {
      stopWatching();
      finish();
    } else {
      writeNext();
    }
  }

  private void finish() {
    ending = true;
    writeNext();
  }

  private void writeNext() {
    if (closed || writing || !begun) {
      return;
    }
    V2Event next = waiting.poll();
    if (next != null) {
      writing = true;
      reply.write(
          ByteString.copyFromUtf8(EventText.event(next)),
          () -> {
            writing = false;
            writeNext();
          });
    } else if (ending) {
      closed = true;
      reply.end();
    }
  }

  private void stopWatching() {
    if (watching) {
      watching = false;
      parts.watches().end(watch.path(), this);
    }
  }

  @Override
  protected void left() {
    closed = true;
    stopWatching();
  }

  @Override
  public void drain() {
    if (begun) {
      stopWatching();
      finish();
    }
  }

  // ---- Answers

  private void internal(ApiError error) {
    refuse(V2Error.internal(error.text()));
  }

  private void refuse(V2Error error) {
    respond(error.answer().with(List.of(cluster())));
  }

  private void answer(int status, String body, long index) {
    respond(HttpAnswer.of(status, HttpAnswer.JSON, body).with(headers(index)));
  }

  private void respond(HttpAnswer answer) {
    if (!closed) {
      closed = true;
      reply.answer(answer);
    }
  }

  private Map.Entry<String, String> cluster() {
    return V2Api.clusterId(parts.backend());
  }

  private List<Map.Entry<String, String>> headers(long index) {
    MemberStatus.Standing standing = parts.backend().standing();
    var headers = new ArrayList<Map.Entry<String, String>>();
    headers.add(cluster());
    headers.add(Map.entry("x-etcd-index", Long.toString(index)));
    headers.add(Map.entry("x-raft-index", Long.toString(standing.committedIndex())));
    headers.add(Map.entry("x-raft-term", Long.toString(standing.term())));
    return headers;
  }
}
