package io.kvorum.bench;

import io.grpc.CallOptions;
import io.grpc.ClientCall;
import io.grpc.Metadata;
import io.grpc.Status;
import java.util.List;
import java.util.SplittableRandom;

/// Calls with one request and one response, of one kind, or of two kinds mixed at random.
final class UnaryWork implements Work {

  private final Connections connections;
  private final List<Requests> kinds;
  private final double shareOfFirst;
  private final SplittableRandom random = new SplittableRandom(42);

  UnaryWork(Connections connections, Requests requests) {
    this(connections, List.of(requests), 1);
  }

  private UnaryWork(Connections connections, List<Requests> kinds, double shareOfFirst) {
    this.connections = connections;
    this.kinds = kinds;
    this.shareOfFirst = shareOfFirst;
  }

  /// @param shareOfFirst between 0 and 1: how many of all requests are of the first kind
  static UnaryWork mixed(
      Connections connections, Requests first, Requests second, double shareOfFirst) {
    return new UnaryWork(connections, List.of(first, second), shareOfFirst);
  }

  @Override
  public List<String> kinds() {
    return kinds.size() == 1 ? List.of() : kinds.stream().map(Requests::name).toList();
  }

  @Override
  public void send(int client, long turn, Reply reply) {
    int kind = kinds.size() == 1 || random.nextDouble() < shareOfFirst ? 0 : 1;
    Requests requests = kinds.get(kind);
    Keys keys = requests.keys();
    long key = keys.sequential() ? turn % keys.space() : random.nextLong(keys.space());
    ClientCall<byte[], Integer> call =
        connections.channel(client).newCall(requests.method(), CallOptions.DEFAULT);
    call.start(new Answer(requests, kind, key, reply), new Metadata());
    call.request(2);
    call.sendMessage(requests.request(key));
    call.halfClose();
  }

  private static final class Answer extends ClientCall.Listener<Integer> {
    private final Requests requests;
    private final int kind;
    private final long key;
    private final Reply reply;
    private int responseBytes;

    Answer(Requests requests, int kind, long key, Reply reply) {
      this.requests = requests;
      this.kind = kind;
      this.key = key;
      this.reply = reply;
    }

    @Override
    public void onMessage(Integer bytes) {
      responseBytes = bytes;
    }

    @Override
    public void onClose(Status status, Metadata trailers) {
      if (!status.isOk()) {
        reply.failed(status.getCode() + ": " + status.getDescription());
      } else if (responseBytes < requests.minResponseBytes()) {
        reply.failed("the key is not there (put --sequential-keys writes the key space)");
      } else {
        requests.answered().accept(key);
        reply.succeeded(kind);
      }
    }
  }
}
