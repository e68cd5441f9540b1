package io.kvorum.node.ctl;

import com.google.protobuf.Message;
import java.io.IOException;

/// The serialized response itself.
record WireFormat(Output output) implements Format {

  @Override
  public void print(Answer answer) throws Failure, Output.Closed {
    write(
        switch (answer) {
          case Answer.Put put -> put.response();
          case Answer.Get get -> get.response();
          case Answer.Delete delete -> delete.response();
          case Answer.Txn txn -> txn.response();
          case Answer.Watch watch -> watch.response();
          case Answer.LeaseGrant grant -> grant.response();
          case Answer.LeaseRevoke revoke -> revoke.response();
          case Answer.LeaseTimeToLive lease -> lease.response();
          case Answer.LeaseKeepAlive alive -> alive.response();
          case Answer.LeaseList leases -> leases.response();
          case Answer.MemberAdd add -> add.response();
          case Answer.MemberRemove remove -> remove.response();
          case Answer.MemberUpdate update -> update.response();
          case Answer.MemberPromote promote -> promote.response();
          case Answer.MemberList members -> members.response();
          case Answer.MoveLeader move -> move.response();
          case Answer.Alarms alarms -> alarms.response();
          case Answer.Downgrade downgrade -> downgrade.response();
          case Answer.Accounts accounts -> accounts.response();
          case Answer.EndpointHealth _,
              Answer.EndpointStatus _,
              Answer.EndpointHash _,
              Answer.BackupHash _,
              Answer.DatabaseStatus _ ->
              throw Format.unsupported("protobuf");
        });
  }

  private void write(Message message) throws Output.Closed {
    try {
      message.writeTo(output.stream());
    } catch (IOException e) {
      throw new Output.Closed(e);
    }
  }
}
