package io.kvorum.node.server.http;

/// One request as it comes in, told to who answers it; on the connection's event loop.
///
/// The first piece comes when [HttpReply#readMore] asks for it, and each further one likewise.
public interface HttpTalk {
  /// A piece of the body.
  void piece(byte[] bytes);

  /// The body is whole.
  void bodyEnded();

  /// The client is gone, or the connection ends: nothing can be written any more.
  void gone();

  /// The server stops: what would go on for long ends now.
  void drain();
}
