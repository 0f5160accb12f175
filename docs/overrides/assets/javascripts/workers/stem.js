// Wraps Material's search worker, whose file is named after the question mark. Its index holds words as they are written
// and is asked for "сетями*", which finds no "сети": so every word of a query is also searched by its stem, at half weight.
importScripts(`./${location.search.slice(1)}`);

const { search } = lunr.Index.prototype;

function stem(word) {
  const stemmer = /^[а-яё]{4,}$/.test(word) ? lunr.ru?.stemmer : /^[a-z]{4,}$/.test(word) ? lunr.stemmer : null;
  return stemmer ? stemmer(new lunr.Token(word, {})).toString() : word;
}

lunr.Index.prototype.search = function (query) {
  const wanted = query.split(/\s+/).filter((term) => /^\+?[^-].*\*$/.test(term));
  const words = wanted.map((term) => term.replace(/^\+|\*$/g, "").toLowerCase());
  const stems = words.map(stem).filter((root, i) => root !== words[i] && root.length > 2);
  return search.call(this, [query, ...stems.map((root) => `${root}*^0.5`)].join(" "));
};
