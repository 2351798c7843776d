/* What select2 lacks here: tags that do not exist yet, and names for people who hear the page. */
'use strict';
{
  const $ = django.jQuery;
  const NEW = 'new:';

  // Of selects with data-tags alone: what is typed can be chosen, and is made when the post is saved.
  $.fn.select2.defaults.set('createTag', function ({term}) {
    const name = term.trim().replace(/\s+/g, ' ');
    return name && {id: NEW + name, text: name, label: this.$element.data('newTag').replace('%s', name)};
  });
  $.fn.select2.defaults.set('templateResult', (choice) => choice.label || choice.text);

  const name = (select) => {
    const label = select.labels[0];
    const {$container, $selection} = $(select).data('select2') || {};
    if (!label || !$container) {
      return;
    }
    label.id ||= `${select.id}_label`;
    const shown = select.multiple ? '' : ` select2-${select.id}-container`;
    $selection.attr('aria-labelledby', label.id + shown);
    $container.find('.select2-search__field, [role=textbox]').attr('aria-labelledby', label.id);
  };
  // After the stock script, whose turn is at the same moment, has made them.
  $(() => setTimeout(() => document.querySelectorAll('.admin-autocomplete').forEach(name)));
}
