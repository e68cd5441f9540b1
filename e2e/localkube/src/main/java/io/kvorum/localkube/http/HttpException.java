package io.kvorum.localkube.http;

/// A request that is no proper HTTP; the connection ends with this answer.
final class HttpException extends Exception {

  private final int code;

  HttpException(int code, String message) {
    super(message);
    this.code = code;
  }

  int code() {
    return code;
  }
}
