package io.kvorum.node.server.gateway;

/// A request body that is not the JSON of its message. The text is for the client.
final class MalformedException extends Exception {
  private static final long serialVersionUID = 1L;

  MalformedException(String text) {
    super(text, null, false, false);
  }
}
