"""The HTTP API of an ndau node, as far as the coordinator speaks it."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from app.domain.errors import InvalidInput
from app.ndau.addresses import parse_address
from app.ndau.answers import ISSUER_VARIABLE
from localnet.chain.chain import LocalChain, Submitted
from localnet.chain.reading import Malformed, read_signed_issue
from localnet.chain.rules import Refused, SignedIssue
from localnet.chain.settings import ChainSettings
from localnet.chain.store import CommittedIssue

_OK, _FAILED, _ALREADY_COMMITTED = 0, 1001, 1002
_LONGEST_BODY_BYTES = 65536
_LONGEST_PAGE = 100
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def create_app(settings: ChainSettings) -> Starlette:
    """Return the application of one chain; it holds the state's file until its lifespan ends.

    Raises:
        InvalidInput: the state's file cannot be used, or began from another genesis.
    """
    chain = LocalChain(settings)

    @asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        try:
            yield
        finally:
            chain.close()

    app = Starlette(lifespan=lifespan, routes=_ROUTES, exception_handlers={_BadRequest: _answer_bad_request})
    app.state.chain = chain
    return app


class _BadRequest(Exception):
    """What is wrong, and why, in ndau's words."""

    def __init__(self, what: str, cause: object) -> None:
        super().__init__(f"{what} ({cause})")


async def _answer_bad_request(_: Request, error: Exception) -> JSONResponse:
    return JSONResponse({"msg": str(error)}, status_code=400)


def _chain(request: Request) -> LocalChain:
    chain: LocalChain = request.app.state.chain
    return chain


async def _price(request: Request) -> JSONResponse:
    chain = _chain(request)
    state, target = chain.state(), chain.target_price_nanocents()
    market = chain.genesis.market_price_nanocents
    return JSONResponse(
        {
            "marketPrice": target if market is None else market,
            "targetPrice": target,
            "floorPrice": 0,
            "totalReleased": state.released_napu,
            "totalIssued": state.issued_napu,
            "totalNdau": state.released_napu,
            "totalBurned": 0,
            "sib": 0,
        }
    )


async def _system_variable(request: Request) -> JSONResponse:
    names = request.path_params["names"].split(",")
    known = {ISSUER_VARIABLE: [_chain(request).genesis.issuer_address]}
    return JSONResponse({name: known[name] for name in names if name in known})


async def _account(request: Request) -> JSONResponse:
    chain = _chain(request)
    try:
        address = parse_address(request.path_params["address"])
    except InvalidInput as error:
        raise _BadRequest("could not validate address", error) from error
    if address != chain.genesis.issuer_address:
        return JSONResponse({})
    state = chain.state()
    return JSONResponse(
        {
            address: {
                "balance": state.balance_napu,
                "validationKeys": list(chain.genesis.validation_keys),
                "sequence": state.sequence,
            }
        }
    )


async def _prevalidate(request: Request) -> JSONResponse:
    chain, signed = _chain(request), await _posted(request)
    answer: dict[str, object] = {"fee_napu": chain.genesis.fee_napu, "sib_napu": 0, "hash": signed.issue.hash()}
    if chain.indexed(signed.issue.hash()):
        return JSONResponse(answer | {"msg": "tx already committed", "code": _ALREADY_COMMITTED}, status_code=202)
    try:
        chain.prevalidate(signed)
    except Refused as refused:
        return JSONResponse(answer | {"err": str(refused), "err_code": -1, "code": _FAILED}, status_code=400)
    return JSONResponse(answer | {"code": _OK})


async def _submit(request: Request) -> JSONResponse:
    chain, signed = _chain(request), await _posted(request)
    try:
        submitted = await chain.submit(signed)
    except Refused as refused:
        raise _BadRequest("error submitting transaction", refused) from refused
    if submitted is Submitted.ALREADY_COMMITTED:
        answer = {"hash": signed.issue.hash(), "msg": "tx already committed", "code": _ALREADY_COMMITTED}
        return JSONResponse(answer, status_code=202)
    return JSONResponse({"hash": signed.issue.hash(), "code": _OK})


async def _posted(request: Request) -> SignedIssue:
    if request.path_params["tx_type"] != "Issue":
        raise _BadRequest("unknown transaction type", request.path_params["tx_type"])
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > _LONGEST_BODY_BYTES:
            raise _BadRequest("tx.Data did not unmarshal into a tx", "the body is too long")
    try:
        return read_signed_issue(bytes(body))
    except (Malformed, Refused) as error:
        raise _BadRequest("tx.Data did not unmarshal into a tx", error) from error


async def _transaction(request: Request) -> JSONResponse:
    found = _chain(request).indexed(request.path_params["hash"])
    return JSONResponse(_transaction_data(found) if found else None)


async def _transactions_before(request: Request) -> JSONResponse:
    chain, start_hash = _chain(request), request.path_params["hash"]
    limit = _page_length(request.query_params.get("limit", str(_LONGEST_PAGE)))
    start = None if start_hash == "start" else chain.indexed(start_hash)
    types = request.query_params.getlist("type")
    if (start_hash != "start" and start is None) or (types and "Issue" not in types):
        return JSONResponse({"Txs": [], "NextTxHash": ""})
    found = chain.indexed_before(start, limit + 1)
    page, behind = found[:limit], found[limit:]
    return JSONResponse(
        {
            "Txs": [_transaction_data(each) for each in page],
            "NextTxHash": behind[0].signed.issue.hash() if behind else "",
        }
    )


def _page_length(text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) < 10 and int(text) > 0):  # noqa: PLR2004  no longer page
        raise _BadRequest("paging error", f"limit is {text!r}; expected 1 to {_LONGEST_PAGE}")
    return min(int(text), _LONGEST_PAGE)


def _transaction_data(committed: CommittedIssue) -> dict[str, object]:
    signed = committed.signed
    committed_at = _EPOCH + timedelta(microseconds=committed.committed_at_microseconds)
    return {
        "BlockHeight": committed.height,
        "TxOffset": committed.offset,
        "Fee": committed.fee_napu,
        "SIB": 0,
        "TxHash": signed.issue.hash(),
        "TxType": "Issue",
        "TxData": signed.issue.to_json(signed.signatures),
        "Timestamp": committed_at.strftime("%Y-%m-%dT%H:%M:%S.%fZ"),
    }


async def _health(_: Request) -> JSONResponse:
    return JSONResponse({"Ndau": {"Status": "Ok"}})


async def _version(_: Request) -> JSONResponse:
    return JSONResponse({"NdauVersion": "localnet", "NdauSha": "", "Network": "localnet"})


_ROUTES = [
    Route("/price/current", _price),
    Route("/system/get/{names}", _system_variable),
    Route("/account/account/{address}", _account),
    Route("/tx/prevalidate/{tx_type}", _prevalidate, methods=["POST"]),
    Route("/tx/submit/{tx_type}", _submit, methods=["POST"]),
    Route("/transaction/detail/{hash}", _transaction),
    Route("/transaction/before/{hash}", _transactions_before),
    Route("/node/health", _health),
    Route("/version", _version),
]
