import { Controller, Inject } from '@nestjs/common';
import { GrpcMethod } from '@nestjs/microservices';
import type { auditor as proto } from '#contracts';
import { callContext, type Call } from '#platform';
import { AUDITOR, type Auditor } from '../auditor.js';
import { erasePerson } from '../people/erase-person.js';
import { getPerson, listPeople, namePerson } from '../people/people.js';

/** Who is behind the pseudonyms, and who no longer is. */
@Controller()
export class DirectoryController {
  constructor(@Inject(AUDITOR) private readonly auditor: Auditor) {}

  @GrpcMethod('Auditor')
  namePerson(
    request: proto.NamePersonRequest,
    _metadata: unknown,
    call: Call,
  ): Promise<proto.NamePersonResponse> {
    return namePerson(this.auditor, request, callContext(call));
  }

  @GrpcMethod('Auditor')
  getPerson(
    request: proto.GetPersonRequest,
    _metadata: unknown,
    call: Call,
  ): Promise<proto.GetPersonResponse> {
    return getPerson(this.auditor, request, callContext(call));
  }

  @GrpcMethod('Auditor')
  listPeople(
    request: proto.ListPeopleRequest,
    _metadata: unknown,
    call: Call,
  ): Promise<proto.ListPeopleResponse> {
    return listPeople(this.auditor, request, callContext(call));
  }

  @GrpcMethod('Auditor')
  erasePerson(
    request: proto.ErasePersonRequest,
    _metadata: unknown,
    call: Call,
  ): Promise<proto.ErasePersonResponse> {
    return erasePerson(this.auditor, request, callContext(call));
  }
}
