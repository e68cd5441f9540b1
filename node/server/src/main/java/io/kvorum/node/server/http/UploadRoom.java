package io.kvorum.node.server.http;

import io.kvorum.node.core.Invariant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;

/// The memory that long request bodies may take, of all connections together. Who finds no room
/// waits in line, unread, until another has given its room back.
public final class UploadRoom {

  private final long capacity;
  private final ArrayDeque<Waiting> line = new ArrayDeque<>();

  /// Invariant: 0 ≤ taken ≤ capacity.
  private long taken;

  private record Waiting(long bytes, Runnable granted) {}

  public UploadRoom(long capacity) {
    this.capacity = capacity;
  }

  /// Takes room, now or later; `granted` runs when it is there, on any thread.
  public void take(long bytes, Runnable granted) {
    Invariant.check(bytes <= capacity, "a body of %d bytes fits into %d", bytes, capacity);
    synchronized (this) {
      if (!line.isEmpty() || taken + bytes > capacity) {
        line.add(new Waiting(bytes, granted));
        return;
      }
      taken += bytes;
    }
    granted.run();
  }

  /// Gives room back.
  public void give(long bytes) {
    List<Runnable> granted = new ArrayList<>();
    synchronized (this) {
      taken -= bytes;
      Invariant.check(taken >= 0, "room is given back once");
      while (!line.isEmpty() && taken + line.peek().bytes() <= capacity) {
        Waiting next = line.remove();
        taken += next.bytes();
        granted.add(next.granted());
      }
    }
    granted.forEach(Runnable::run);
  }

  /// Leaves the line.
  ///
  /// @return false if the room has been granted, and must be given back
  public synchronized boolean leave(Runnable granted) {
    for (Iterator<Waiting> waiting = line.iterator(); waiting.hasNext(); ) {
      if (waiting.next().granted().equals(granted)) {
        waiting.remove();
        return true;
      }
    }
    return false;
  }

  synchronized long taken() {
    return taken;
  }
}
