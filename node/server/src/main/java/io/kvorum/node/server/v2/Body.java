package io.kvorum.node.server.v2;

import io.kvorum.node.server.http.HttpReply;
import io.kvorum.node.server.http.HttpTalk;
import io.kvorum.node.server.http.UploadRoom;
import java.io.ByteArrayOutputStream;

/// A request whose body is read whole before it is answered. Long ones wait for room first.
abstract class Body implements HttpTalk {

  /// How long a body may take.
  private static final long BODY_MILLIS = 60_000;

  /// A body up to this length needs no room of the shared one.
  private static final int FREE_BYTES = 64 * 1024;

  protected final HttpReply reply;
  private final Limits limits;
  private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
  private final Runnable granted;
  private Room room = Room.NONE;
  private boolean over;

  /// The request's share of the room for long bodies.
  private enum Room {
    NONE,
    WAITING,
    TAKEN
  }

  /// @param maxBytes of one body
  record Limits(int maxBytes, UploadRoom room) {}

  protected Body(HttpReply reply, Limits limits) {
    this.reply = reply;
    this.limits = limits;
    this.granted = () -> reply.loop().execute(this::roomGranted);
  }

  /// Begins to read; after construction.
  void read() {
    reply.bodyWithin(BODY_MILLIS);
    reply.readMore();
  }

  /// The body is there.
  protected abstract void whole(byte[] body);

  /// More came than a body may hold.
  protected abstract void tooLong();

  /// The client left before it had an answer.
  protected void left() {}

  @Override
  public void piece(byte[] piece) {
    if (over) {
      return;
    }
    bytes.writeBytes(piece);
    if (bytes.size() > limits.maxBytes()) {
      over = true;
      giveRoom();
      tooLong();
    } else if (bytes.size() > FREE_BYTES && room == Room.NONE) {
      room = Room.WAITING;
      reply.bodyWithin(0);
      limits.room().take(limits.maxBytes(), granted);
    } else {
      reply.readMore();
    }
  }

  private void roomGranted() {
    if (room == Room.WAITING) {
      room = Room.TAKEN;
      read();
    }
  }

  private void giveRoom() {
    if (room == Room.TAKEN || (room == Room.WAITING && !limits.room().leave(granted))) {
      limits.room().give(limits.maxBytes());
    }
    room = Room.NONE;
  }

  @Override
  public void bodyEnded() {
    if (!over) {
      over = true;
      giveRoom();
      reply.bodyWithin(0);
      whole(bytes.toByteArray());
    }
  }

  @Override
  public void gone() {
    if (!over) {
      over = true;
      giveRoom();
    }
    left();
  }

  @Override
  public void drain() {
    // It ends by itself, within the time of a request.
  }
}
