"""What the `lambda` integration of a REST API sends to and expects from a function.

The templates hand the function an event of the shape that the framework documents (body, method, principalId, stage,
headers, query, path, identity, stageVariables, requestPath, cognitoPoolClaims, enhancedAuthContext); their wording is
lsqm's own. `CLAIMS` marks where further Cognito claims go.
"""

_EVENT = """
#macro(entries $map){#foreach($name in $map.keySet())"$util.escapeJavaScript($name)": \
"$util.escapeJavaScript($map.get($name)).replaceAll("\\\\'", "'")"#if($foreach.hasNext), #end#end}#end
{
  "body": $body,
  "method": "$context.httpMethod",
  "principalId": "$context.authorizer.principalId",
  "stage": "$context.stage",
  "cognitoPoolClaims": {CLAIMS "sub": "$context.authorizer.claims.sub"},
  "enhancedAuthContext": #entries($context.authorizer),
  "headers": #entries($input.params().header),
  "query": #entries($input.params().querystring),
  "path": #entries($input.params().path),
  "identity": #entries($context.identity),
  "stageVariables": #entries($stageVariables),
  "requestPath": "$context.resourcePath"
}
"""

JSON_REQUEST = '#set($body = $input.json("$"))' + _EVENT

FORM_REQUEST = (
    "#define($body){#foreach($pair in $input.path('$').split('&'))#set($halves = $pair.split('='))"
    '"$util.escapeJavaScript($util.urlDecode($halves[0]))": '
    '"#if($halves.size() > 1)$util.escapeJavaScript($util.urlDecode($halves[1]))#end"'
    "#if($foreach.hasNext), #end#end}#end" + _EVENT
)

_ANYTHING = r"[\s\S]*"

STATUS_PATTERNS = {
    "200": "",
    **{code: rf"{_ANYTHING}\[{code}\]{_ANYTHING}" for code in ("400", "401", "403", "404", "422")},
    "500": rf"{_ANYTHING}(Process\s?exited\s?before\s?completing\s?request|\[500\]){_ANYTHING}",
    "502": rf"{_ANYTHING}\[502\]{_ANYTHING}",
    "504": rf"({_ANYTHING}\[504\]{_ANYTHING})|(.*Task timed out after \d+\.\d+ seconds$)",
}
"""Status code → pattern of the function's error message that selects it."""
