package io.kvorum.node.server.stage;

import io.kvorum.node.core.kv.Accounts;
import io.kvorum.node.core.kv.View;

/// The newest view of the state, for any number of readers on any thread.
public final class Views {
  private volatile View current;
  private volatile long revision;
  private volatile long bytesInUse;

  /// Takes over the first view.
  public Views(View first) {
    this.current = first;
    this.revision = first.revision();
    this.bytesInUse = first.bytesInUse();
  }

  /// Publishes a view, which it takes over, and lets go of the one before. One thread publishes.
  void publish(View next) {
    View before = current;
    current = next;
    revision = next.revision();
    bytesInUse = next.bytesInUse();
    before.close();
  }

  /// The newest view, retained; the caller closes it.
  public View retain() {
    while (true) {
      View view = current;
      if (view.maybeRetain()) {
        return view;
      }
      // It was replaced meanwhile, so there is a newer one.
      Thread.onSpinWait();
    }
  }

  public long revision() {
    return revision;
  }

  /// The users and roles of the newest view: they need no retaining.
  public Accounts accounts() {
    return current.accounts();
  }

  /// The feature level in force.
  public int featureLevel() {
    return current.featureLevel();
  }

  public long bytesInUse() {
    return bytesInUse;
  }

  /// After the last reader.
  public void close() {
    current.close();
  }
}
